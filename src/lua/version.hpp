// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace sluice::lua {

/// Returns the version of Lua that sluice was built with, for example "5.4.4".
const char* version() noexcept;

}  // namespace sluice::lua
