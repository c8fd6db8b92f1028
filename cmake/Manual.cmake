# SPDX-License-Identifier: Apache-2.0
# The manual pages, made from the table of options at each build (src/manual). They bear the day of SOURCE_DATE_EPOCH;
# without it, that of the last commit; outside of a repository, that of CHANGELOG.md.
add_floor(manual USES arguments EXCEPT main.cpp)
target_link_libraries(sluice_manual PRIVATE fmt::fmt)
add_executable(manual_pages ${PROJECT_SOURCE_DIR}/src/manual/main.cpp)
sluice_compile_options(manual_pages)
target_link_libraries(manual_pages PRIVATE sluice::manual)

set(date $ENV{SOURCE_DATE_EPOCH})
if(date STREQUAL "")
  execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} log -1 --format=%ct OUTPUT_VARIABLE date ERROR_QUIET
    OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(NOT date MATCHES "^[0-9]+$")
  file(TIMESTAMP ${PROJECT_SOURCE_DIR}/CHANGELOG.md date %s UTC)
endif()

set(names sluice)
file(STRINGS ${PROJECT_SOURCE_DIR}/src/arguments/command_table.cpp commands REGEX "{\\.name = \"[a-z]+\"")
foreach(line IN LISTS commands)
  string(REGEX REPLACE ".*\\.name = \"([a-z]+)\".*" "sluice-\\1" name "${line}")
  list(APPEND names ${name})
endforeach()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/arguments/command_table.cpp)
set(SLUICE_MANUAL_PAGES)
foreach(name IN LISTS names)
  set(page ${PROJECT_BINARY_DIR}/man/man1/${name}.1)
  add_custom_command(OUTPUT ${page} DEPENDS manual_pages VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/man/man1
    COMMAND manual_pages page ${name} ${date} > ${page})
  list(APPEND SLUICE_MANUAL_PAGES ${page})
endforeach()
add_custom_target(manual ALL DEPENDS ${SLUICE_MANUAL_PAGES})
add_dependencies(sluice_command manual)  # so that a build of the command can be installed
