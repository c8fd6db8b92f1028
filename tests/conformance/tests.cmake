# SPDX-License-Identifier: Apache-2.0
# Comparisons with installed programs: the same stock scripts with nmap and sluice, and the tools that read reports of
# Nmap. The tests use the Python of Debian, because they import Python packages of Debian.
set(conformance ${CMAKE_CURRENT_LIST_DIR})
foreach(server listeners openssh openssh_with_pam nginx redis redis_with_password proftpd dovecot)
  add_test(NAME Differential.PortStatesAndResultsEqualNmap/${server}
    COMMAND /usr/bin/python3 ${conformance}/differential_test.py $<TARGET_FILE:sluice_command> ${server})
  set_tests_properties(Differential.PortStatesAndResultsEqualNmap/${server} PROPERTIES COST 100 LABELS conformance
    SKIP_RETURN_CODE 77 TIMEOUT 600 ${sluice_keeps_lines})
endforeach()
foreach(server openssh nginx)
  add_test(NAME Differential.PortStatesAndResultsEqualNmapInShortSlices/${server}
    COMMAND /usr/bin/python3 ${conformance}/differential_test.py $<TARGET_FILE:sluice_command> ${server} --slice 3ms)
  set_tests_properties(Differential.PortStatesAndResultsEqualNmapInShortSlices/${server} PROPERTIES COST 100 LABELS conformance
    SKIP_RETURN_CODE 77 TIMEOUT 600 ${sluice_keeps_lines})
endforeach()
add_test(NAME Consumers.ProgramsForNmapReportsReadReport
  COMMAND /usr/bin/python3 ${conformance}/consumers_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Consumers.ProgramsForNmapReportsReadReport PROPERTIES COST 100 LABELS conformance
  SKIP_RETURN_CODE 77 TIMEOUT 300)
add_test(NAME ReadBack.ReportOfNmapKeepsItsMeaning
  COMMAND /usr/bin/python3 ${conformance}/read_back_test.py $<TARGET_FILE:report_again>)
set_tests_properties(ReadBack.ReportOfNmapKeepsItsMeaning PROPERTIES COST 100 LABELS conformance
  SKIP_RETURN_CODE 77 TIMEOUT 600)
add_test(NAME Wrappers.ProgramsForNmapRunSluice
  COMMAND /usr/bin/python3 ${conformance}/wrappers_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Wrappers.ProgramsForNmapRunSluice PROPERTIES COST 100 LABELS conformance SKIP_RETURN_CODE 77 TIMEOUT 300)
add_test(NAME Stock.InstalledScriptsLoadAndNselibTestsPass
  COMMAND /usr/bin/python3 ${conformance}/stock_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Stock.InstalledScriptsLoadAndNselibTestsPass PROPERTIES COST 100 LABELS conformance SKIP_RETURN_CODE 77
  TIMEOUT 300 ${sluice_keeps_lines})
add_test(NAME Versions.ServicesEqualNmapOnRandomDatabases
  COMMAND /usr/bin/python3 ${conformance}/versions/versions_test.py $<TARGET_FILE:sluice_command> --cases 50
    --keep ${PROJECT_BINARY_DIR}/versions-differences)
set_tests_properties(Versions.ServicesEqualNmapOnRandomDatabases PROPERTIES COST 100 LABELS conformance
  SKIP_RETURN_CODE 77 TIMEOUT 600)
if(NOT SLUICE_SANITIZE)  # the test does not run sluice
  add_test(NAME Versions.ComparisonFindsSeededDifferences
    COMMAND /usr/bin/python3 ${conformance}/versions/versions_selftest.py)
  set_tests_properties(Versions.ComparisonFindsSeededDifferences PROPERTIES COST 100 LABELS conformance TIMEOUT 600)
endif()
set(sanitized "")
if(SLUICE_SANITIZE)
  set(sanitized --sanitized)
endif()
add_test(NAME Versions.HostileServersDoNotDelayOtherServers
  COMMAND /usr/bin/python3 ${conformance}/versions/hostile_test.py $<TARGET_FILE:sluice_command> ${sanitized})
set_tests_properties(Versions.HostileServersDoNotDelayOtherServers PROPERTIES COST 100 LABELS conformance
  SKIP_RETURN_CODE 77 TIMEOUT 600 ${sluice_keeps_lines})
# For replay_test.py: prints match lines of the installed file of service probes, each with a text that it matches.
add_executable(sample_lines ${conformance}/versions/sample_lines.cpp)
sluice_compile_options(sample_lines)
target_include_directories(sample_lines PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(sample_lines PRIVATE sluice::service fmt::fmt)
add_test(NAME Versions.ServicesEqualNmapForReplayedMatchLines
  COMMAND /usr/bin/python3 ${conformance}/versions/replay_test.py $<TARGET_FILE:sluice_command>
    $<TARGET_FILE:sample_lines> --lines 150)
set_tests_properties(Versions.ServicesEqualNmapForReplayedMatchLines PROPERTIES COST 100 LABELS conformance
  SKIP_RETURN_CODE 77 TIMEOUT 600)
