# SPDX-License-Identifier: Apache-2.0
# What is generated from the table of options.
if(SLUICE_COMMAND)
  add_test(NAME DocumentedOptions.TablesOfDocsAreThoseOfTheProgram
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/manual_test.py $<TARGET_FILE:manual_pages> ${PROJECT_SOURCE_DIR}
      tables)
  add_test(NAME ManualPages.MandocHasNoComplaint
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/manual_test.py $<TARGET_FILE:manual_pages> ${PROJECT_SOURCE_DIR}
      pages)
  set_tests_properties(DocumentedOptions.TablesOfDocsAreThoseOfTheProgram ManualPages.MandocHasNoComplaint
    PROPERTIES LABELS manual TIMEOUT 120)
endif()
