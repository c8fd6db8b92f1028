// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace sluice {

/// Lua expression for the C module of the tests (c_module.cpp). REQUIRES: RuntimeOptions::unsafe_lua.
inline const std::string kModule = "package.loadlib('" SLUICE_TEST_C_MODULE "', 'luaopen_sluice_test_module')()";
/// Lua expression for its function spin(seconds). REQUIRES: RuntimeOptions::unsafe_lua.
inline const std::string kSpin = kModule + ".spin";

}  // namespace sluice
