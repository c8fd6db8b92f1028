# SPDX-License-Identifier: Apache-2.0
# Prints the JSON Schema of NDJSON (make schema).
add_executable(ndjson_schema EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/ndjson_schema.cpp)
sluice_compile_options(ndjson_schema)
target_link_libraries(ndjson_schema PRIVATE sluice::output)
# Converts a report into another format (tests/conformance/read_back_test.py).
add_executable(report_again ${CMAKE_CURRENT_LIST_DIR}/report_again.cpp)
sluice_compile_options(report_again)
target_link_libraries(report_again PRIVATE sluice::output fmt::fmt)
