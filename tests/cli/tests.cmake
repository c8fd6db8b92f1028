# SPDX-License-Identifier: Apache-2.0
# Tests of the command by its documentation.
add_test(NAME FleetPage.CommandsScanEachTargetOnce
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/fleet_docs_test.py $<TARGET_FILE:sluice_command>
    ${PROJECT_SOURCE_DIR}/docs/fleet.md)
set_tests_properties(FleetPage.CommandsScanEachTargetOnce PROPERTIES LABELS cli SKIP_RETURN_CODE 77 TIMEOUT 300 ${sluice_keeps_lines})
add_test(NAME DiffPage.CommandsShowWhatBothRunsAsked
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/diff_command_test.py $<TARGET_FILE:sluice_command>
    ${PROJECT_SOURCE_DIR}/docs/compare-scans.md)
set_tests_properties(DiffPage.CommandsShowWhatBothRunsAsked PROPERTIES LABELS cli TIMEOUT 300 ${sluice_keeps_lines})
add_test(NAME Merge.PartsGiveTheReportsOfOneRun
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/merge_command_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Merge.PartsGiveTheReportsOfOneRun PROPERTIES LABELS cli TIMEOUT 300 ${sluice_keeps_lines})
add_test(NAME Settings.CommandUsesAndShowsThem
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/settings_command_test.py $<TARGET_FILE:sluice_command>
    ${PROJECT_SOURCE_DIR}/docs/settings.md)
set_tests_properties(Settings.CommandUsesAndShowsThem PROPERTIES LABELS cli TIMEOUT 300 ${sluice_keeps_lines})
add_test(NAME HistoryPage.CommandsKeepAndCompareRuns
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/history_docs_test.py $<TARGET_FILE:sluice_command>
    ${PROJECT_SOURCE_DIR}/docs/keep-history.md)
set_tests_properties(HistoryPage.CommandsKeepAndCompareRuns PROPERTIES LABELS cli COST 50 TIMEOUT 300)
add_test(NAME ScriptsCommand.ListsSearchesAndShowsScripts
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/scripts_command_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(ScriptsCommand.ListsSearchesAndShowsScripts PROPERTIES LABELS cli TIMEOUT 300)
add_test(NAME CheckCommand.FindsMistakesInScripts
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/check_command_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(CheckCommand.FindsMistakesInScripts PROPERTIES LABELS cli TIMEOUT 300)
add_test(NAME ScriptPages.CommandsWriteCheckAndFindScripts
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/script_docs_test.py $<TARGET_FILE:sluice_command>
    ${PROJECT_SOURCE_DIR}/docs/write-scripts.md ${PROJECT_SOURCE_DIR}/docs/scripts.md)
set_tests_properties(ScriptPages.CommandsWriteCheckAndFindScripts PROPERTIES LABELS cli TIMEOUT 300)
add_test(NAME StatusBlock.ScreenIsThatOfPlainReport
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/status_block_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(StatusBlock.ScreenIsThatOfPlainReport PROPERTIES LABELS cli TIMEOUT 300 ${sluice_keeps_lines})
add_test(NAME ExplainCommand.AgreesWithRuns
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/explain_command_test.py $<TARGET_FILE:sluice_command>
    ${PROJECT_SOURCE_DIR}/docs/explain.md)
set_tests_properties(ExplainCommand.AgreesWithRuns PROPERTIES LABELS cli TIMEOUT 300 ${sluice_keeps_lines})
