#pragma once

#include <string>

namespace sluice {

/// Lua: the C module of the tests. Needs unsafe_lua.
inline const std::string kModule = "package.loadlib('" SLUICE_TEST_C_MODULE "', 'luaopen_sluice_test_module')()";
/// Lua: a function that computes for so many seconds inside C, where nothing can stop it. Needs unsafe_lua.
inline const std::string kSpin = kModule + ".spin";

}  // namespace sluice
