# The tools that contributors and CI rely on.
add_test(NAME Floors.EveryIncludePointsDown COMMAND ${PROJECT_SOURCE_DIR}/tools/check-floors)
add_test(NAME Floors.TheCheckFindsWhatDoesNotPointDown COMMAND ${CMAKE_CURRENT_LIST_DIR}/check_floors_test.sh)
set_tests_properties(Floors.EveryIncludePointsDown Floors.TheCheckFindsWhatDoesNotPointDown PROPERTIES LABELS tools)
