// SPDX-License-Identifier: Apache-2.0
#pragma once

#ifndef SLUICE_NO_TLS

#include <lua.hpp>

namespace sluice::nse {

/// Pushes the module `openssl`: digests, ciphers, random bytes and bignums (docs/nse-compat.md, "C modules"). Loads
/// OpenSSL's legacy provider into the process, if there is one.
int open_openssl(lua_State* state);

}  // namespace sluice::nse

#endif
