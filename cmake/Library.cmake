# SPDX-License-Identifier: Apache-2.0
# libsluice: one library of the objects of all floors and of LPeg. BUILD_SHARED_LIBS chooses a static or a shared
# library.

# LPeg as one object file. Only the functions of LPeg that sluice uses by name are visible to a program that links
# libsluice.a.
set(lpeg_object ${PROJECT_BINARY_DIR}/lpeg.o)
add_custom_command(OUTPUT ${lpeg_object} DEPENDS ${LPEG_ARCHIVE} VERBATIM
  COMMAND ${CMAKE_LINKER} -r --whole-archive ${LPEG_ARCHIVE} -o ${lpeg_object}
  COMMAND ${CMAKE_OBJCOPY} --keep-global-symbol=luaopen_lpeg --keep-global-symbol=match ${lpeg_object})
add_custom_target(sluice_lpeg_object DEPENDS ${lpeg_object})

# add_libsluice(TARGET [STATIC|SHARED]): adds the library. By default BUILD_SHARED_LIBS chooses the kind.
function(add_libsluice target)
  set(floors base model script arguments output journal compare core lua net native nse scan service engine library completion capi)
  list(TRANSFORM floors REPLACE "(.+)" "$<TARGET_OBJECTS:sluice_\\1>" OUTPUT_VARIABLE objects)
  add_library(${target} ${ARGN} ${objects} ${lpeg_object})
  add_dependencies(${target} sluice_lpeg_object)  # the object is created once for all libraries
  sluice_compile_options(${target})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(${target} PRIVATE PkgConfig::SLUICE_PACKAGES Threads::Threads)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL SHARED_LIBRARY)
    # The version script also hides templates of the standard library, which are visible in spite of hidden visibility.
    set(exports ${PROJECT_SOURCE_DIR}/cmake/exports.map)
    target_link_options(${target} PRIVATE -Wl,--no-undefined -Wl,--version-script=${exports})
    set_target_properties(${target} PROPERTIES LINK_DEPENDS ${exports})
  endif()
endfunction()

# The target is not named `sluice`, because the file of the command has this name.
add_libsluice(libsluice)
add_library(sluice::sluice ALIAS libsluice)
set_target_properties(libsluice PROPERTIES OUTPUT_NAME sluice EXPORT_NAME sluice
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_compile_features(libsluice INTERFACE cxx_std_20)
target_include_directories(libsluice INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include> $<INSTALL_INTERFACE:include>)
