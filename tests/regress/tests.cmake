# SPDX-License-Identifier: Apache-2.0
# Regression tests: one file per bug, which the first comment describes. Linked with the whole engine.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*_test.cpp)
add_executable(regress_test ${sources})
sluice_compile_options(regress_test)
target_link_libraries(regress_test PRIVATE sluice::library test_support)
gtest_discover_tests(regress_test PROPERTIES LABELS regress TIMEOUT 120 DISCOVERY_TIMEOUT 60)
add_test(NAME StandardOutputReport.RunEndsWithoutReaderOfStandardError
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/report_pipe_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(StandardOutputReport.RunEndsWithoutReaderOfStandardError PROPERTIES LABELS regress TIMEOUT 300)
add_test(NAME UnreadOutput.ReportFilesAreCompleteAfterSignal
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/unread_output_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(UnreadOutput.ReportFilesAreCompleteAfterSignal PROPERTIES LABELS regress TIMEOUT 600)
if(NOT SLUICE_SANITIZE)  # a sanitizer needs more address space than the test leaves
  add_test(NAME OutOfMemory.RunEndsWithCompleteReports
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/out_of_memory_test.py $<TARGET_FILE:sluice_command>)
  set_tests_properties(OutOfMemory.RunEndsWithCompleteReports PROPERTIES LABELS regress TIMEOUT 600)
  add_test(NAME OutOfMemory.RunWithSmallAddressSpaceNeverAborts
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/little_memory_test.py $<TARGET_FILE:sluice_command>)
  set_tests_properties(OutOfMemory.RunWithSmallAddressSpaceNeverAborts PROPERTIES LABELS regress TIMEOUT 600)
endif()
if(NOT SLUICE_SANITIZE)  # a sanitizer opens descriptors, and reports a false error without them
  add_test(NAME NotSent.UnsentProbesAreUnknownInEveryReport
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/not_sent_test.py $<TARGET_FILE:sluice_command>)
  set_tests_properties(NotSent.UnsentProbesAreUnknownInEveryReport PROPERTIES LABELS regress TIMEOUT 300
    ${sluice_keeps_lines})
endif()
if(NOT SLUICE_SANITIZE)  # the library of a sanitizer must be loaded first
  add_test(NAME Proxychains.EveryConnectionUsesProxy
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/proxychains_test.py $<TARGET_FILE:sluice_command>)
  set_tests_properties(Proxychains.EveryConnectionUsesProxy PROPERTIES LABELS regress SKIP_RETURN_CODE 77
    TIMEOUT 300 ${sluice_keeps_lines})
endif()
