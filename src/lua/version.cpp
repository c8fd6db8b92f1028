// SPDX-License-Identifier: Apache-2.0
#include "lua/version.hpp"

#include <lua.hpp>

namespace sluice::lua {

const char* version() noexcept { return LUA_VERSION_MAJOR "." LUA_VERSION_MINOR "." LUA_VERSION_RELEASE; }

}  // namespace sluice::lua
