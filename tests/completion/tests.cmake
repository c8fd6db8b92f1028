# SPDX-License-Identifier: Apache-2.0
# The completion in real shells.
if(SLUICE_COMMAND)
  foreach(shell bash zsh fish)
    add_test(NAME Completion.LinesBecomeWhatTheTableHasIn_${shell}
      COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/shells_test.py $<TARGET_FILE:sluice_command>
        ${PROJECT_SOURCE_DIR} ${shell})
    set_tests_properties(Completion.LinesBecomeWhatTheTableHasIn_${shell} PROPERTIES LABELS completion TIMEOUT 300)
  endforeach()
endif()
