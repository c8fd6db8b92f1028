# SPDX-License-Identifier: Apache-2.0
# Tests of the tools that contributors and CI use.
add_test(NAME Floors.EveryIncludePointsDown COMMAND ${PROJECT_SOURCE_DIR}/tools/check-floors)
add_test(NAME Floors.CheckReportsUpwardIncludes COMMAND ${CMAKE_CURRENT_LIST_DIR}/check_floors_test.sh)
set_tests_properties(Floors.EveryIncludePointsDown Floors.CheckReportsUpwardIncludes PROPERTIES LABELS tools)
add_test(NAME Licence.EverySourceFileNamesIt COMMAND ${PROJECT_SOURCE_DIR}/tools/check-spdx)
set_tests_properties(Licence.EverySourceFileNamesIt PROPERTIES LABELS tools)
