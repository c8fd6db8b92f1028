# Port and host states beside nmap's, across a veth between network namespaces that each test makes for itself. Needs
# root or unprivileged user namespaces; without them the tests are reported as skipped, with the reason.
foreach(subject Tcp AllPorts Udp Hosts Loss)
  add_test(NAME Netns.${subject}
           COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/netns_test.py $<TARGET_FILE:sluice_command> ${subject})
  set_tests_properties(Netns.${subject} PROPERTIES LABELS netns SKIP_RETURN_CODE 77 TIMEOUT 240
                                                   ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endforeach()

# Captures and packets of the scripts' own making, and DTLS over a narrow link, in the same manner.
add_test(NAME Netns.Raw COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/raw_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Netns.Raw PROPERTIES LABELS netns SKIP_RETURN_CODE 77 TIMEOUT 480
                                          ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)

# Host discovery beneath TCP and UDP, in the same manner.
add_test(NAME Netns.Pings COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/ping_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Netns.Pings PROPERTIES LABELS netns SKIP_RETURN_CODE 77 TIMEOUT 480
                                            ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
