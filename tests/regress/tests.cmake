# What broke once: one file per bug, its story in the first comment. Linked with the whole engine.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*_test.cpp)
add_executable(regress_test ${sources})
sluice_harden(regress_test)
target_link_libraries(regress_test PRIVATE engine test_support)
gtest_discover_tests(regress_test PROPERTIES LABELS regress TIMEOUT 120 DISCOVERY_TIMEOUT 60)
