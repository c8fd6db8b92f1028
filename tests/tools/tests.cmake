# SPDX-License-Identifier: Apache-2.0
# Tests of the tools that contributors and CI use.
add_test(NAME Floors.EveryIncludePointsDown COMMAND ${PROJECT_SOURCE_DIR}/tools/check-floors)
add_test(NAME Floors.CheckReportsUpwardIncludes COMMAND ${CMAKE_CURRENT_LIST_DIR}/check_floors_test.sh)
set_tests_properties(Floors.EveryIncludePointsDown Floors.CheckReportsUpwardIncludes PROPERTIES LABELS tools)
add_test(NAME Licence.EverySourceFileNamesIt COMMAND ${PROJECT_SOURCE_DIR}/tools/check-spdx)
set_tests_properties(Licence.EverySourceFileNamesIt PROPERTIES LABELS tools)
add_test(NAME Pages.EachCommandIsRunOrListed
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/pages_test.py)
set_tests_properties(Pages.EachCommandIsRunOrListed PROPERTIES LABELS tools ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
# The lines of NDJSON that other tests keep (sluice_keeps_lines): removed before these tests, validated after them.
add_test(NAME NdjsonLines.OldLinesAreRemoved
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${PROJECT_BINARY_DIR}/ndjson_lines)
add_test(NAME NdjsonLines.EachLineOfTheTestsIsValid
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/ndjson_lines_test.py ${PROJECT_SOURCE_DIR}/docs/ndjson.schema.json
    ${PROJECT_BINARY_DIR}/ndjson_lines)
set_tests_properties(NdjsonLines.OldLinesAreRemoved PROPERTIES LABELS tools FIXTURES_SETUP ndjson_lines)
set_tests_properties(NdjsonLines.EachLineOfTheTestsIsValid PROPERTIES LABELS tools SKIP_RETURN_CODE 77
  FIXTURES_CLEANUP ndjson_lines)
