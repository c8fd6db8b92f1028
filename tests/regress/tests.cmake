# What broke once: one file per bug, its story in the first comment. Linked with the whole engine.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*_test.cpp)
add_executable(regress_test ${sources})
sluice_compile_options(regress_test)
target_link_libraries(regress_test PRIVATE sluice::library test_support)
gtest_discover_tests(regress_test PROPERTIES LABELS regress TIMEOUT 120 DISCOVERY_TIMEOUT 60)
add_test(NAME ReportOnStandardOutput.NeedsNoReaderOfStandardError
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/report_pipe_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(ReportOnStandardOutput.NeedsNoReaderOfStandardError PROPERTIES LABELS regress TIMEOUT 300)
add_test(NAME UnreadOutput.LeavesTheReportsInFilesCompleteAfterASignal
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/unread_output_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(UnreadOutput.LeavesTheReportsInFilesCompleteAfterASignal PROPERTIES LABELS regress TIMEOUT 600)
if(NOT SLUICE_SANITIZE)  # a sanitizer needs more address space than the test has to give
  add_test(NAME OutOfMemory.EndsTheCommandsRunInOrder
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/out_of_memory_test.py $<TARGET_FILE:sluice_command>)
  set_tests_properties(OutOfMemory.EndsTheCommandsRunInOrder PROPERTIES LABELS regress TIMEOUT 600)
  add_test(NAME OutOfMemory.LittleAddressSpaceIsRefusedWithALine
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/little_memory_test.py $<TARGET_FILE:sluice_command>)
  set_tests_properties(OutOfMemory.LittleAddressSpaceIsRefusedWithALine PROPERTIES LABELS regress TIMEOUT 600)
endif()
if(NOT SLUICE_SANITIZE)  # a sanitizer needs descriptors of its own, and takes their lack for a broken object
  add_test(NAME NotSent.IsUnknownInEveryReport
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/not_sent_test.py $<TARGET_FILE:sluice_command>)
  set_tests_properties(NotSent.IsUnknownInEveryReport PROPERTIES LABELS regress TIMEOUT 300)
endif()
if(NOT SLUICE_SANITIZE)  # a sanitizer wants to be the first library
  add_test(NAME Proxychains.LeadsEveryConnectionThroughTheProxy
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/proxychains_test.py $<TARGET_FILE:sluice_command>)
  set_tests_properties(Proxychains.LeadsEveryConnectionThroughTheProxy PROPERTIES LABELS regress SKIP_RETURN_CODE 77
    TIMEOUT 300)
endif()
