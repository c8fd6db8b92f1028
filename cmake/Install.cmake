# SPDX-License-Identifier: Apache-2.0
# Rules of cmake --install: the command, the library, its headers, the package files for CMake and pkg-config, the
# documents and the examples. The Debian packages divide what these rules install (packaging/debian/*.install).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS libsluice EXPORT sluice-targets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sluice ${PROJECT_BINARY_DIR}/include/sluice
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.hpp PATTERN *.h)
# The documents have the same places to each other as in the sources, so that their links work.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs ${PROJECT_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
  PATTERN __pycache__ EXCLUDE)
# docs/embedding.md links these two headers, whose other copies may be missing (libsluice-dev).
install(FILES ${PROJECT_SOURCE_DIR}/include/sluice/report.hpp ${PROJECT_SOURCE_DIR}/include/sluice/sluice.h
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/include/sluice)
install(FILES CHANGELOG.md CONTRIBUTING.md LICENSE README.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(SLUICE_COMMAND)
  file(RELATIVE_PATH to_library ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(sluice_command PROPERTIES INSTALL_RPATH $<$<BOOL:${BUILD_SHARED_LIBS}>:\$ORIGIN/${to_library}>)
  install(TARGETS sluice_command)
  # The directories that the shells search.
  set(completion ${PROJECT_SOURCE_DIR}/share/completion)
  install(FILES ${completion}/sluice.bash RENAME sluice
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions)
  # Below /usr, Debian's zsh searches another directory. The prefix may be one of `cmake --install`, so that it is tested
  # then. file(INSTALL) respects DESTDIR and adds the file to the list for tools/uninstall.
  install(CODE "set(completion \"${completion}\")\nset(data \"${CMAKE_INSTALL_DATAROOTDIR}\")")
  install(CODE [[
    set(zsh site-functions)
    if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
      set(zsh vendor-completions)
    endif()
    get_filename_component(zsh "${data}/zsh/${zsh}" ABSOLUTE BASE_DIR "${CMAKE_INSTALL_PREFIX}")
    file(INSTALL "${completion}/_sluice" DESTINATION "${zsh}")
  ]])
  install(FILES ${completion}/sluice.fish DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/fish/vendor_completions.d)
  install(DIRECTORY ${SLUICE_MANUAL}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sluice)
install(EXPORT sluice-targets NAMESPACE sluice:: DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/sluice-config.cmake.in ${PROJECT_BINARY_DIR}/sluice-config.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# The C++ interface may change with each minor version.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sluice-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sluice-config.cmake ${PROJECT_BINARY_DIR}/sluice-config-version.cmake
  DESTINATION ${package_dir})

# If libsluice is static, a program must link its packages itself, and a program in C those of C++, too.
list(JOIN SLUICE_PACKAGES " " packages)
set(pc_requires "Requires: ${packages}\n")
set(pc_libs ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(FILTER pc_libs INCLUDE REGEX "^((std)?c\\+\\+|m)$")
list(TRANSFORM pc_libs PREPEND " -l")
list(REMOVE_DUPLICATES pc_libs)
list(JOIN pc_libs "" pc_libs)
if(BUILD_SHARED_LIBS)
  set(pc_requires "")
  set(pc_libs "")
endif()
# The prefix is relative to the file, so that an installed tree can be moved.
file(RELATIVE_PATH to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${PROJECT_SOURCE_DIR}/cmake/sluice.pc.in ${PROJECT_BINARY_DIR}/sluice.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/sluice.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
