# What the project stands on; docs/dependencies.md says why each is here.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(EXPAT REQUIRED)
# From 2.6 on, and where its security fixes went further back.
include(CheckCXXSymbolExists)
set(CMAKE_REQUIRED_LIBRARIES EXPAT::EXPAT)
check_cxx_symbol_exists(XML_SetReparseDeferralEnabled expat.h SLUICE_EXPAT_DEFERS)
unset(CMAKE_REQUIRED_LIBRARIES)
if(SLUICE_TLS)
  find_package(OpenSSL 3 REQUIRED)
endif()

pkg_check_modules(LUA REQUIRED IMPORTED_TARGET ${SLUICE_LUA})
pkg_check_modules(LPEG REQUIRED IMPORTED_TARGET lua5.4-lpeg)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(SSH2 REQUIRED IMPORTED_TARGET libssh2)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(PCAP REQUIRED IMPORTED_TARGET libpcap)
find_package(mimalloc REQUIRED)

add_library(sluice_lua_api INTERFACE)
add_library(sluice::lua_api ALIAS sluice_lua_api)
target_link_libraries(sluice_lua_api INTERFACE PkgConfig::LUA)
if(SLUICE_LUA MATCHES "c\\+\\+")
  target_compile_definitions(sluice_lua_api INTERFACE SLUICE_LUA_CXX)
endif()

# LPeg is linked statically against the Lua we chose: its shared library would bring liblua5.4 in itself.
find_library(LPEG_ARCHIVE liblua5.4-lpeg.a REQUIRED)
# The size of its virtual machine, in bytes: a match is left only in there (src/nse/lib/lpeg_lib.hpp).
find_program(NM nm REQUIRED)
execute_process(COMMAND ${NM} -S --defined-only ${LPEG_ARCHIVE} OUTPUT_VARIABLE lpeg_symbols ERROR_QUIET)
if(NOT lpeg_symbols MATCHES "[0-9a-f]+ ([0-9a-f]+) T match\n")
  message(FATAL_ERROR "${LPEG_ARCHIVE}: has no function 'match'")
endif()
set(SLUICE_LPEG_MATCH_SIZE 0x${CMAKE_MATCH_1})
add_library(sluice_lpeg INTERFACE)
add_library(sluice::lpeg ALIAS sluice_lpeg)
target_link_libraries(sluice_lpeg INTERFACE ${LPEG_ARCHIVE} PkgConfig::LUA)

add_library(sluice_cares INTERFACE)
add_library(sluice::cares ALIAS sluice_cares)
target_link_libraries(sluice_cares INTERFACE PkgConfig::CARES)

add_library(sluice_ssh2 INTERFACE)
add_library(sluice::ssh2 ALIAS sluice_ssh2)
target_link_libraries(sluice_ssh2 INTERFACE PkgConfig::SSH2)

# Standalone Asio: header only. Whether it allocates by aligned_alloc it decides by what was included before it, which
# would differ from file to file.
add_library(sluice_asio INTERFACE)
add_library(sluice::asio ALIAS sluice_asio)
target_compile_definitions(sluice_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(sluice_asio INTERFACE Threads::Threads)
if(SLUICE_IO_URING)
  pkg_check_modules(URING REQUIRED IMPORTED_TARGET liburing)
  target_compile_definitions(sluice_asio INTERFACE ASIO_HAS_IO_URING ASIO_DISABLE_EPOLL)
  target_link_libraries(sluice_asio INTERFACE PkgConfig::URING)
endif()
