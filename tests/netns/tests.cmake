# SPDX-License-Identifier: Apache-2.0
# Compares port and host states with those of nmap, across a veth between network namespaces that each test creates.
# The tests need root or unprivileged user namespaces. Without them, the tests are skipped and print the reason.
foreach(subject Tcp AllPorts Udp Hosts Loss)
  add_test(NAME Netns.PortAndHostStatesEqualNmap/${subject}
           COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/netns_test.py $<TARGET_FILE:sluice_command> ${subject})
  set_tests_properties(Netns.PortAndHostStatesEqualNmap/${subject} PROPERTIES COST 100 LABELS netns SKIP_RETURN_CODE 77
                       TIMEOUT 240 ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endforeach()

# Scripts that capture packets and send raw packets, and DTLS over a link with a small MTU, in such namespaces.
add_test(NAME Netns.RawPacketAndDtlsScriptsGiveExpectedResults
         COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/raw_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Netns.RawPacketAndDtlsScriptsGiveExpectedResults PROPERTIES COST 100 LABELS netns SKIP_RETURN_CODE 77
                     TIMEOUT 480 ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)

# Host discovery by ICMP, ARP and neighbour discovery, in such namespaces.
add_test(NAME Netns.PingDiscoveryEqualsNmap
         COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/ping_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Netns.PingDiscoveryEqualsNmap PROPERTIES COST 100 LABELS netns SKIP_RETURN_CODE 77 TIMEOUT 480
                     ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)

# The commands of the pages for users that no other test runs (tests/tools/pages_test.py), in a namespace in which the
# addresses of the pages are those of the loopback.
add_test(NAME Netns.CommandsOfTheTaskPagesWork
         COMMAND unshare --net --map-root-user
           /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/task_docs_test.py $<TARGET_FILE:sluice_command>
           ${PROJECT_SOURCE_DIR}/docs/chain.md ${PROJECT_SOURCE_DIR}/docs/options.md
           ${PROJECT_SOURCE_DIR}/docs/first-scan.md ${PROJECT_SOURCE_DIR}/README.md
           ${PROJECT_SOURCE_DIR}/docs/versions.md ${PROJECT_SOURCE_DIR}/docs/journal.md
           ${PROJECT_SOURCE_DIR}/docs/tune.md ${PROJECT_SOURCE_DIR}/docs/troubleshoot.md
           ${PROJECT_SOURCE_DIR}/docs/workers.md ${PROJECT_SOURCE_DIR}/docs/ndjson.md
           ${PROJECT_SOURCE_DIR}/docs/memory.md ${PROJECT_SOURCE_DIR}/docs/completion.md
           ${PROJECT_SOURCE_DIR}/docs/unsafe-lua.md)
set_tests_properties(Netns.CommandsOfTheTaskPagesWork PROPERTIES COST 100 LABELS netns TIMEOUT 600
                     ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
