# SPDX-License-Identifier: Apache-2.0
target_sources(journal_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/crash_vfs.cpp)
set(sanitized "")
if(SLUICE_SANITIZE)
  set(sanitized --sanitized)
endif()
add_test(NAME Journal.CommandsMakeTheReportsOfTheRun
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/journal_command_test.py $<TARGET_FILE:sluice_command> ${sanitized})
set_tests_properties(Journal.CommandsMakeTheReportsOfTheRun PROPERTIES COST 100 LABELS journal TIMEOUT 300
  ${sluice_keeps_lines})
# Kills and resumes whole runs. SLUICE_KILLS and SLUICE_SEED set the number of kills and the seed of their times.
add_test(NAME Resume.AKilledRunHasTheReportsOfAWholeRun
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/resume_kill_test.py $<TARGET_FILE:sluice_command> ${sanitized})
add_test(NAME Resume.AnInterruptedRunGoesOnAndItsOptionsStay
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/resume_test.py $<TARGET_FILE:sluice_command>)
add_test(NAME Resume.AppendedReportsKeepWhatOthersHaveWritten
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/resume_append_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Resume.AKilledRunHasTheReportsOfAWholeRun Resume.AnInterruptedRunGoesOnAndItsOptionsStay
  Resume.AppendedReportsKeepWhatOthersHaveWritten
  PROPERTIES COST 100 LABELS journal TIMEOUT 600 ${sluice_keeps_lines})
add_test(NAME Journal.LogsOfNmapAreResumed
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/resume_log_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(Journal.LogsOfNmapAreResumed PROPERTIES COST 30 LABELS journal TIMEOUT 300)
add_test(NAME Journal.CommandsOfThePageAboutResumingWork
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/resume_docs_test.py $<TARGET_FILE:sluice_command>
    ${PROJECT_SOURCE_DIR}/docs/resume.md)
set_tests_properties(Journal.CommandsOfThePageAboutResumingWork PROPERTIES COST 30 LABELS journal TIMEOUT 300)
add_test(NAME DefaultJournal.LongerRunsAreKeptAndListed
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/default_journal_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(DefaultJournal.LongerRunsAreKeptAndListed PROPERTIES COST 100 LABELS journal TIMEOUT 300)
add_test(NAME Resume.AScriptThatEndsTheProcessTwiceIsLeftOut
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/crash_test.py $<TARGET_FILE:sluice_command>
    $<TARGET_FILE:sluice_test_module> ${sanitized})
set_tests_properties(Resume.AScriptThatEndsTheProcessTwiceIsLeftOut PROPERTIES COST 30 LABELS journal TIMEOUT 300
  ${sluice_keeps_lines})
add_test(NAME JournalTrust.JournalsThatOthersCanWriteAreRefused
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/trust_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(JournalTrust.JournalsThatOthersCanWriteAreRefused PROPERTIES COST 30 LABELS journal TIMEOUT 300)
add_test(NAME JournalFiles.NoReportUsesThemAndARefusedJournalLeavesNone
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/journal_files_test.py $<TARGET_FILE:sluice_command>)
set_tests_properties(JournalFiles.NoReportUsesThemAndARefusedJournalLeavesNone PROPERTIES LABELS journal TIMEOUT 300)
