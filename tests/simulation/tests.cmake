# SPDX-License-Identifier: Apache-2.0
# Tests of whole runs over a simulated platform. They link the engine, but not src/native.
add_executable(simulation_test ${CMAKE_CURRENT_LIST_DIR}/max_time_test.cpp ${CMAKE_CURRENT_LIST_DIR}/resume_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/simulation_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/workload.cpp)
sluice_compile_options(simulation_test)
target_link_libraries(simulation_test PRIVATE sluice::engine sluice::journal test_support nlohmann_json::nlohmann_json)
gtest_discover_tests(simulation_test PROPERTIES COST 100 LABELS simulation TIMEOUT 600
  ${sluice_keeps_lines} DISCOVERY_TIMEOUT 60)
