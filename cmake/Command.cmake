# SPDX-License-Identifier: Apache-2.0
# The command. It includes only the public headers, and links libsluice as other programs do. It has its own copy of what it
# uses of base, because libsluice.so does not export that.
add_floor(cli USES base sluice EXCEPT main.cpp throwing_new.cpp)
target_link_libraries(sluice_cli PRIVATE fmt::fmt nlohmann_json::nlohmann_json)

add_executable(sluice_command ${PROJECT_SOURCE_DIR}/src/cli/main.cpp)
sluice_compile_options(sluice_command)
set_target_properties(sluice_command PROPERTIES OUTPUT_NAME sluice RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
if(SLUICE_HARDEN)
  include(CheckPIESupported)
  check_pie_supported()
  set_target_properties(sluice_command PROPERTIES POSITION_INDEPENDENT_CODE ON)
endif()
if(SLUICE_MIMALLOC AND NOT SLUICE_SANITIZE)
  # Linked before the C library, so that its malloc replaces that of the C library for all code, Lua included.
  target_sources(sluice_command PRIVATE ${PROJECT_SOURCE_DIR}/src/cli/throwing_new.cpp)
  target_link_libraries(sluice_command PRIVATE -Wl,--push-state,--no-as-needed mimalloc -Wl,--pop-state)
endif()
target_link_libraries(sluice_command PRIVATE sluice::cli)
