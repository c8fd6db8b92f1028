#pragma once

namespace sluice::lua {

/// "5.4.4": the Lua that sluice was built with.
const char* version() noexcept;

}  // namespace sluice::lua
