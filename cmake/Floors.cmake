# A floor is the static library sluice_<name>, made of src/<name>/*.cpp and of the folders below. It sees only the floors
# it uses, so that an upward dependency is a link error. libsluice is made of the objects of all floors
# (cmake/Library.cmake).

include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-fcf-protection SLUICE_CF_PROTECTION)  # x86 only

# What every target of the project is compiled with.
function(sluice_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough $<$<BOOL:${SLUICE_WERROR}>:-Werror>)
  if(SLUICE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${SLUICE_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${SLUICE_SANITIZE})
  elseif(SLUICE_HARDEN)
    # The C library warns of _FORTIFY_SOURCE in a build that does not optimize.
    set(optimized $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
    target_compile_options(${target} PRIVATE -fstack-protector-strong
      $<$<BOOL:${SLUICE_CF_PROTECTION}>:-fcf-protection>
      $<${optimized}:-U_FORTIFY_SOURCE> $<${optimized}:-D_FORTIFY_SOURCE=2>)
    target_link_options(${target} PRIVATE -Wl,-z,relro -Wl,-z,now)
  endif()
endfunction()

# add_floor(NAME USES FLOOR... EXCEPT FILE...)
function(add_floor name)
  cmake_parse_arguments(FLOOR "" "" "USES;EXCEPT" ${ARGN})
  set(target sluice_${name})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp ${PROJECT_SOURCE_DIR}/src/${name}/*/*.cpp)
  foreach(file IN LISTS FLOOR_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "/${file}$")
  endforeach()
  if(NOT sources)  # a floor of headers alone
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/headers_only.cpp CONTENT "")
    set(sources ${PROJECT_BINARY_DIR}/headers_only.cpp)
  endif()
  add_library(${target} STATIC ${sources})
  add_library(sluice::${name} ALIAS ${target})
  sluice_compile_options(${target})
  # The same objects can become a part of a shared library, be it ours or one that takes in libsluice.a.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include
    ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM FLOOR_USES PREPEND sluice::)
  target_link_libraries(${target} PUBLIC ${FLOOR_USES} Threads::Threads)
  if(NOT SLUICE_TLS)
    target_compile_definitions(${target} PUBLIC SLUICE_NO_TLS)
  endif()
endfunction()
