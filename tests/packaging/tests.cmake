# SPDX-License-Identifier: Apache-2.0
# Tests of what `make install`, `make dist` and `make deb` make, as far as nothing is compiled. tools/check-packages checks
# the Debian packages themselves.
add_test(NAME Package.InstalledFilesAreCompleteAndRemovable
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/install_test.py ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
set(source_archive_test /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/source_archive_test.py ${PROJECT_SOURCE_DIR})
add_test(NAME Package.SourceArchiveMakesItselfWithoutGit COMMAND ${source_archive_test} archive)
add_test(NAME Package.DebianFilesFollowVersionAndTables COMMAND ${source_archive_test} debian)
set_tests_properties(Package.InstalledFilesAreCompleteAndRemovable Package.SourceArchiveMakesItselfWithoutGit
  Package.DebianFilesFollowVersionAndTables PROPERTIES LABELS package TIMEOUT 300)
# cmake --install writes the list of files of a build, which tools/uninstall reads.
set_tests_properties(Package.InstalledFilesAreCompleteAndRemovable PROPERTIES RESOURCE_LOCK install_manifest)
if(TEST Package.ConsumersBuildAndRunWithInstalledTree)
  set_tests_properties(Package.ConsumersBuildAndRunWithInstalledTree PROPERTIES RESOURCE_LOCK install_manifest)
endif()
