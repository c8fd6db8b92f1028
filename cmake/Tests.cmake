# SPDX-License-Identifier: Apache-2.0
# One test program per floor: tests/<floor>/*_test.cpp and those of the folders below, linked with that floor and those
# below it.
find_package(GTest REQUIRED)
include(GoogleTest)

add_library(test_support INTERFACE)
target_include_directories(test_support INTERFACE ${PROJECT_SOURCE_DIR}/tests)
# A C module for scripts of the tests.
add_library(sluice_test_module MODULE ${PROJECT_SOURCE_DIR}/tests/support/c_module.cpp)
set_target_properties(sluice_test_module PROPERTIES PREFIX "")
target_include_directories(sluice_test_module PRIVATE $<TARGET_PROPERTY:sluice_lua_api,INTERFACE_INCLUDE_DIRECTORIES>
  $<TARGET_PROPERTY:PkgConfig::LUA,INTERFACE_INCLUDE_DIRECTORIES>)
sluice_compile_options(sluice_test_module)
add_dependencies(test_support sluice_test_module)
target_compile_definitions(test_support INTERFACE SLUICE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
  SLUICE_TEST_C_MODULE="$<TARGET_FILE:sluice_test_module>")
target_link_libraries(test_support INTERFACE GTest::gmock GTest::gtest GTest::gtest_main)
# Tests take long to compile, and no time to run. Optimized, they would also be warned of what is in the standard library's
# headers, which count as the program's own once they are precompiled.
target_compile_options(test_support INTERFACE -O0)
target_precompile_headers(test_support INTERFACE <gmock/gmock.h> <gtest/gtest.h>)

# ctest reads this file first. All tests keep the journals of their runs in the build tree, not in the home directory,
# and read no settings of this machine and its user.
set(environment ${PROJECT_BINARY_DIR}/test_environment.cmake)
file(CONFIGURE OUTPUT ${environment} @ONLY CONTENT [[
set(ENV{XDG_STATE_HOME} "@PROJECT_BINARY_DIR@/state")
set(ENV{SLUICE_NO_CONFIG} true)
unset(ENV{SUDO_UID})
]])
set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${environment})

# These tests keep lines of NDJSON that they make. The last test of their fixture validates the lines.
set(sluice_keeps_lines FIXTURES_REQUIRED ndjson_lines ENVIRONMENT SLUICE_NDJSON_LINES=${PROJECT_BINARY_DIR}/ndjson_lines)
set(output_test_properties ${sluice_keeps_lines})
set(capi_test_properties ${sluice_keeps_lines})
set(cli_test_properties ${sluice_keeps_lines})
# EngineMemory counts the allocated bytes. The C library counts what its threads keep for reuse, which depends on its version.
set(library_test_properties ENVIRONMENT GLIBC_TUNABLES=glibc.malloc.tcache_count=0)
# The tests of these floors measure real CPU time, or read real pipes.
set(nse_test_needs sluice::native)
set(engine_test_needs sluice::native)
set(library_test_needs sluice::journal)  # of runs that are resumed
foreach(floor base model script arguments output journal compare core lua net native nse scan service engine library completion capi manual cli)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${floor}/*_test.cpp
    ${PROJECT_SOURCE_DIR}/tests/${floor}/*/*_test.cpp)
  if(sources AND TARGET sluice_${floor})
    add_executable(${floor}_test ${sources})
    sluice_compile_options(${floor}_test)
    if(SLUICE_UNITY AND NOT floor MATCHES "^(base|core|script|service|capi|manual|completion|net|compare)$")
      # A fixture with the name of its class hides it from the sources that follow.
      set_source_files_properties(${PROJECT_SOURCE_DIR}/tests/nse/lib/nmapdb_lib_test.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
      set_target_properties(${floor}_test PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
    endif()
    target_link_libraries(${floor}_test PRIVATE sluice::${floor} ${${floor}_test_needs} test_support fmt::fmt nlohmann_json::nlohmann_json)
    gtest_discover_tests(${floor}_test PROPERTIES LABELS ${floor} TIMEOUT 120 ${${floor}_test_properties}
      DISCOVERY_TIMEOUT 60)
  endif()
endforeach()

file(GLOB lists CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/*/tests.cmake)
foreach(list IN LISTS lists)
  include(${list})
endforeach()
