# SPDX-License-Identifier: Apache-2.0
# A floor is the static library sluice_<name> of src/<name>/*.cpp and src/<name>/*/*.cpp. It links only the floors that
# it uses, so that an upward dependency is a link error. libsluice consists of the objects of all floors
# (cmake/Library.cmake).

include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-fcf-protection SLUICE_CF_PROTECTION)  # x86 only

# Sets the compile and link options of a target of this project.
function(sluice_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough $<$<BOOL:${SLUICE_WERROR}>:-Werror>)
  if(SLUICE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${SLUICE_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${SLUICE_SANITIZE})
  elseif(SLUICE_HARDEN)
    # Only in optimized builds, because otherwise _FORTIFY_SOURCE causes a warning of the C library.
    set(optimized $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
    target_compile_options(${target} PRIVATE -fstack-protector-strong
      $<$<BOOL:${SLUICE_CF_PROTECTION}>:-fcf-protection>
      $<${optimized}:-U_FORTIFY_SOURCE> $<${optimized}:-D_FORTIFY_SOURCE=2>)
    target_link_options(${target} PRIVATE -Wl,-z,relro -Wl,-z,now)
  endif()
endfunction()

# add_floor(NAME USES FLOOR... EXCEPT FILE...): adds the library of a floor, without the files after EXCEPT.
function(add_floor name)
  cmake_parse_arguments(FLOOR "" "" "USES;EXCEPT" ${ARGN})
  set(target sluice_${name})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp ${PROJECT_SOURCE_DIR}/src/${name}/*/*.cpp)
  foreach(file IN LISTS FLOOR_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "/${file}$")
  endforeach()
  if(NOT sources)  # the floor has headers only
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/headers_only.cpp CONTENT "")
    set(sources ${PROJECT_BINARY_DIR}/headers_only.cpp)
  endif()
  add_library(${target} STATIC ${sources})
  add_library(sluice::${name} ALIAS ${target})
  sluice_compile_options(${target})
  # Position-independent, because the objects may become part of a shared library: libsluice.so, or one that links
  # libsluice.a.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include
    ${PROJECT_SOURCE_DIR}/src)
  # Sources that repeat names of others or that system headers keep apart are compiled alone.
  if(SLUICE_UNITY AND NOT name STREQUAL base)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12
      UNITY_BUILD_CODE_BEFORE_INCLUDE "// NOLINTNEXTLINE(bugprone-suspicious-include)")
    set(alone service/pattern output/json_reader arguments/settings_document native/interfaces native/netlink native/ping_sockets)
    list(TRANSFORM alone REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/src/\\1.cpp")
    set_source_files_properties(${alone} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  list(TRANSFORM FLOOR_USES PREPEND sluice::)
  target_link_libraries(${target} PUBLIC ${FLOOR_USES} Threads::Threads)
  if(NOT SLUICE_TLS)
    target_compile_definitions(${target} PUBLIC SLUICE_NO_TLS)
  endif()
endfunction()
