# Against what is installed: the same stock scripts through nmap and sluice, and the tools that read Nmap's reports.
# Debian's own Python: Debian's packages for it are read.
set(conformance ${CMAKE_CURRENT_LIST_DIR})
foreach(server listeners openssh openssh_with_pam nginx redis redis_with_password proftpd dovecot)
  add_test(NAME Differential.${server}
    COMMAND /usr/bin/python3 ${conformance}/differential_test.py $<TARGET_FILE:sluice_command> ${server})
  set_tests_properties(Differential.${server} PROPERTIES LABELS conformance SKIP_RETURN_CODE 77 TIMEOUT 600)
endforeach()
foreach(server openssh nginx)
  add_test(NAME Differential.${server}_in_short_slices
    COMMAND /usr/bin/python3 ${conformance}/differential_test.py $<TARGET_FILE:sluice_command> ${server} --slice 3ms)
  set_tests_properties(Differential.${server}_in_short_slices PROPERTIES LABELS conformance SKIP_RETURN_CODE 77
    TIMEOUT 600)
endforeach()
add_test(NAME Reports.AreReadByWhatReadsNmaps
  COMMAND /usr/bin/python3 ${conformance}/consumers_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Reports.AreReadByWhatReadsNmaps PROPERTIES LABELS conformance SKIP_RETURN_CODE 77 TIMEOUT 300)
add_test(NAME Wrappers.OfNmapRunSluiceInItsPlace
  COMMAND /usr/bin/python3 ${conformance}/wrappers_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Wrappers.OfNmapRunSluiceInItsPlace PROPERTIES LABELS conformance SKIP_RETURN_CODE 77 TIMEOUT 300)
add_test(NAME Stock.CollectionLoadsAndItsOwnTestsPass
  COMMAND /usr/bin/python3 ${conformance}/stock_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Stock.CollectionLoadsAndItsOwnTestsPass PROPERTIES LABELS conformance SKIP_RETURN_CODE 77
  TIMEOUT 300)
add_test(NAME Versions.EqualNmapsOnRandomDatabases
  COMMAND /usr/bin/python3 ${conformance}/versions/versions_test.py $<TARGET_FILE:sluice_command> --cases 50
    --keep ${PROJECT_BINARY_DIR}/versions-differences)
set_tests_properties(Versions.EqualNmapsOnRandomDatabases PROPERTIES LABELS conformance SKIP_RETURN_CODE 77 TIMEOUT 600)
if(NOT SLUICE_SANITIZE)  # sluice has no part in it
  add_test(NAME Versions.ComparisonFindsSeededDifferences
    COMMAND /usr/bin/python3 ${conformance}/versions/versions_selftest.py)
  set_tests_properties(Versions.ComparisonFindsSeededDifferences PROPERTIES LABELS conformance TIMEOUT 600)
endif()
set(sanitized "")
if(SLUICE_SANITIZE)
  set(sanitized --sanitized)
endif()
add_test(NAME Versions.HostileServersHoldNothingUp
  COMMAND /usr/bin/python3 ${conformance}/versions/hostile_test.py $<TARGET_FILE:sluice_command> ${sanitized})
set_tests_properties(Versions.HostileServersHoldNothingUp PROPERTIES LABELS conformance SKIP_RETURN_CODE 77 TIMEOUT 300)
# Prints lines of the installed file of service probes with texts that they match; for replay_test.py.
add_executable(sample_lines ${conformance}/versions/sample_lines.cpp)
sluice_compile_options(sample_lines)
target_include_directories(sample_lines PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(sample_lines PRIVATE sluice::service fmt::fmt)
add_test(NAME Versions.ReplayedLinesOfTheInstalledFileEqualNmaps
  COMMAND /usr/bin/python3 ${conformance}/versions/replay_test.py $<TARGET_FILE:sluice_command>
    $<TARGET_FILE:sample_lines> --lines 150)
set_tests_properties(Versions.ReplayedLinesOfTheInstalledFileEqualNmaps PROPERTIES LABELS conformance
  SKIP_RETURN_CODE 77 TIMEOUT 600)
