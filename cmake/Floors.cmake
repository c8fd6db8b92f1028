# A floor is a static library made of src/<floor>/*.cpp, and of the folders below, that sees only the floors it uses, so that an upward
# dependency is a link error.

function(sluice_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
  if(SLUICE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${SLUICE_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${SLUICE_SANITIZE})
  endif()
  if(SLUICE_SANITIZE STREQUAL "thread")
    target_compile_options(${target} PRIVATE -Wno-tsan)  # gcc warns that it does not know Asio's fences
  endif()
endfunction()

# add_floor(NAME USES FLOOR... EXCEPT FILE...)
function(add_floor name)
  cmake_parse_arguments(FLOOR "" "" "USES;EXCEPT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp ${CMAKE_SOURCE_DIR}/src/${name}/*/*.cpp)
  foreach(file IN LISTS FLOOR_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "/${file}$")
  endforeach()
  if(NOT sources)  # a floor of headers alone
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/headers_only.cpp CONTENT "")
    set(sources ${CMAKE_BINARY_DIR}/headers_only.cpp)
  endif()
  add_library(${name} STATIC ${sources})
  sluice_warnings(${name})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${name} PUBLIC ${FLOOR_USES} Threads::Threads)
  if(NOT SLUICE_TLS)
    target_compile_definitions(${name} PUBLIC SLUICE_NO_TLS)
  endif()
endfunction()
