#pragma once

#ifndef SLUICE_NO_TLS

#include <lua.hpp>

namespace sluice::nse {

/// The module `openssl`: digests, ciphers, random bytes and bignums; leaves its table. Loads OpenSSL's legacy provider
/// into the process, and goes on without it where there is none. (spec cmodules.md, 1)
int open_openssl(lua_State* state);

}  // namespace sluice::nse

#endif
