# libsluice: one library of the objects of all floors, with LPeg in it. Static, or shared by BUILD_SHARED_LIBS.

# LPeg as one object. A program that links libsluice.a sees only those of LPeg's functions that sluice calls by name.
set(lpeg_object ${PROJECT_BINARY_DIR}/lpeg.o)
add_custom_command(OUTPUT ${lpeg_object} DEPENDS ${LPEG_ARCHIVE} VERBATIM
  COMMAND ${CMAKE_LINKER} -r --whole-archive ${LPEG_ARCHIVE} -o ${lpeg_object}
  COMMAND ${CMAKE_OBJCOPY} --keep-global-symbol=luaopen_lpeg --keep-global-symbol=match ${lpeg_object})
add_custom_target(sluice_lpeg_object DEPENDS ${lpeg_object})

# add_libsluice(TARGET [STATIC|SHARED]): without a kind BUILD_SHARED_LIBS decides.
function(add_libsluice target)
  set(floors base model script arguments output core lua net native nse scan service engine library)
  list(TRANSFORM floors REPLACE "(.+)" "$<TARGET_OBJECTS:sluice_\\1>" OUTPUT_VARIABLE objects)
  add_library(${target} ${ARGN} ${objects} ${lpeg_object})
  add_dependencies(${target} sluice_lpeg_object)  # which makes the object once, though several libraries have it
  sluice_compile_options(${target})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(${target} PRIVATE PkgConfig::SLUICE_PACKAGES Threads::Threads)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL SHARED_LIBRARY)
    # Hidden visibility leaves templates of the standard library visible; the version script does not.
    set(exports ${PROJECT_SOURCE_DIR}/cmake/exports.map)
    target_link_options(${target} PRIVATE -Wl,--no-undefined -Wl,--version-script=${exports})
    set_target_properties(${target} PROPERTIES LINK_DEPENDS ${exports})
  endif()
endfunction()

# Not named `sluice`: that is the file of the command.
add_libsluice(libsluice)
add_library(sluice::sluice ALIAS libsluice)
set_target_properties(libsluice PROPERTIES OUTPUT_NAME sluice EXPORT_NAME sluice
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_compile_features(libsluice INTERFACE cxx_std_20)
target_include_directories(libsluice INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include> $<INSTALL_INTERFACE:include>)
