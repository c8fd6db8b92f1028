# SPDX-License-Identifier: Apache-2.0
# Tests of the installed package, and of sluice as a subproject.
set(package_test /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/package_test.py ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
add_test(NAME Package.SubprojectDoesNotChangeParentProject COMMAND ${package_test} subproject)
set_tests_properties(Package.SubprojectDoesNotChangeParentProject PROPERTIES LABELS package TIMEOUT 300)

set(shared libsluice)
if(NOT BUILD_SHARED_LIBS)  # links the objects of the static library
  set(shared sluice_shared)
  add_libsluice(sluice_shared SHARED)
endif()
add_test(NAME Package.SharedLibraryExportsEqualPublicHeaders
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/exports_test.py $<TARGET_FILE:${shared}> ${PROJECT_SOURCE_DIR}/include)
set_tests_properties(Package.SharedLibraryExportsEqualPublicHeaders PROPERTIES LABELS package)
if(NOT SLUICE_SANITIZE)  # the consumer programs are built without the sanitizer
  add_test(NAME Package.ConsumersBuildAndRunWithInstalledTree COMMAND ${package_test} $<TARGET_FILE:${shared}>)
  set_tests_properties(Package.ConsumersBuildAndRunWithInstalledTree PROPERTIES LABELS package TIMEOUT 600)
endif()

add_test(NAME Package.CodeOfTheDocumentationIsThatOfTheExamples
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/embedding_docs_test.py ${PROJECT_SOURCE_DIR})
set_tests_properties(Package.CodeOfTheDocumentationIsThatOfTheExamples PROPERTIES LABELS package)

if(SLUICE_HARDEN AND NOT SLUICE_SANITIZE)
  add_test(NAME Package.CommandIsHardened
    COMMAND ${PROJECT_SOURCE_DIR}/tools/check-hardening $<TARGET_FILE:sluice_command> $<$<NOT:$<CONFIG:Release,RelWithDebInfo,MinSizeRel>>:--unoptimized>)
  set_tests_properties(Package.CommandIsHardened PROPERTIES LABELS package)
endif()
