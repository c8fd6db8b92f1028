# SPDX-License-Identifier: Apache-2.0
# The dependencies of the project; docs/dependencies.md gives the reason for each. Imported targets are global, so that
# a project that adds this one by add_subdirectory can link it.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(EXPAT REQUIRED)
# SLUICE_EXPAT_DEFERS: true for expat 2.6 and later, and for older versions with its security fixes.
include(CheckCXXSymbolExists)
set(CMAKE_REQUIRED_LIBRARIES EXPAT::EXPAT)
check_cxx_symbol_exists(XML_SetReparseDeferralEnabled expat.h SLUICE_EXPAT_DEFERS)
unset(CMAKE_REQUIRED_LIBRARIES)
if(SLUICE_TLS)
  find_package(OpenSSL 3 REQUIRED)
endif()

pkg_check_modules(LUA REQUIRED IMPORTED_TARGET GLOBAL ${SLUICE_LUA})
pkg_check_modules(LPEG REQUIRED IMPORTED_TARGET GLOBAL lua5.4-lpeg)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET GLOBAL libcares)
pkg_check_modules(SSH2 REQUIRED IMPORTED_TARGET GLOBAL libssh2)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET GLOBAL libidn2)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET GLOBAL libpcre2-8)
pkg_check_modules(PCAP REQUIRED IMPORTED_TARGET GLOBAL libpcap)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET GLOBAL simdjson)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET GLOBAL sqlite3)
# toml++ is used as headers only. Its pkg-config file would link the shared library.
find_path(TOMLPLUSPLUS_HEADERS toml++/toml.h REQUIRED)
if(SLUICE_COMMAND AND SLUICE_MIMALLOC)
  find_package(mimalloc REQUIRED)
endif()

# The pkg-config packages that libsluice links: all of the above, except header-only libraries and those inside
# libsluice.
set(SLUICE_PACKAGES ${SLUICE_LUA} libcares libssh2 libidn2 libpcre2-8 libpcap simdjson sqlite3 zlib expat fmt)
if(SLUICE_TLS)
  list(APPEND SLUICE_PACKAGES openssl)
endif()
pkg_check_modules(SLUICE_PACKAGES REQUIRED IMPORTED_TARGET GLOBAL ${SLUICE_PACKAGES})

add_library(sluice_lua_api INTERFACE)
add_library(sluice::lua_api ALIAS sluice_lua_api)
target_link_libraries(sluice_lua_api INTERFACE PkgConfig::LUA)
if(SLUICE_LUA MATCHES "c\\+\\+")
  target_compile_definitions(sluice_lua_api INTERFACE SLUICE_LUA_CXX)
endif()

# LPeg is linked statically, so that it uses the Lua library chosen by SLUICE_LUA. Its shared library would load
# liblua5.4.
find_library(LPEG_ARCHIVE liblua5.4-lpeg.a REQUIRED)
# The size in bytes of its function `match`, the virtual machine. A match is left only inside it
# (src/nse/lib/lpeg_lib.cpp).
execute_process(COMMAND ${CMAKE_NM} -S --defined-only ${LPEG_ARCHIVE} OUTPUT_VARIABLE lpeg_symbols ERROR_QUIET)
if(NOT lpeg_symbols MATCHES "[0-9a-f]+ ([0-9a-f]+) T match\n")
  message(FATAL_ERROR "${LPEG_ARCHIVE}: has no function 'match'")
endif()
set(SLUICE_LPEG_MATCH_SIZE 0x${CMAKE_MATCH_1})
add_library(sluice_lpeg INTERFACE)
add_library(sluice::lpeg ALIAS sluice_lpeg)
target_link_libraries(sluice_lpeg INTERFACE ${LPEG_ARCHIVE} PkgConfig::LUA)
