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

set(SLUICE_MANUAL ${PROJECT_BINARY_DIR}/man)  # has man1, so that man -M shows the pages
add_custom_command(OUTPUT ${SLUICE_MANUAL}/written DEPENDS manual_pages VERBATIM
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${SLUICE_MANUAL}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${SLUICE_MANUAL}/man1
  COMMAND manual_pages pages ${date} ${SLUICE_MANUAL}/man1
  COMMAND ${CMAKE_COMMAND} -E touch ${SLUICE_MANUAL}/written)
add_custom_target(manual ALL DEPENDS ${SLUICE_MANUAL}/written)
add_dependencies(sluice_command manual)  # so that a build of the command can be installed
