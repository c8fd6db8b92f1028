// SPDX-License-Identifier: Apache-2.0
#pragma once

#ifndef SLUICE_NO_TLS

#include <openssl/err.h>
#include <lua.hpp>

namespace sluice::nse {

/// The outcome of calls to OpenSSL in an act step: success, or the first error in OpenSSL's queue since clear().
struct OpensslStatus {
  bool ok = true;
  unsigned long code = 0;

  /// Removes earlier errors from OpenSSL's queue. Call this before the calls whose outcome from() returns.
  static void clear() noexcept { ERR_clear_error(); }
  static OpensslStatus from(bool worked) noexcept {
    OpensslStatus status;
    status.ok = worked;
    if (!worked) status.code = ERR_get_error();
    ERR_clear_error();
    return status;
  }
};

/// Raises `OpenSSL error: <text of the library>` if the calls have failed.
inline void check_openssl(lua_State* state, const OpensslStatus& status) {
  if (status.ok) return;
  char text[256];
  ERR_error_string_n(status.code, text, sizeof text);
  luaL_error(state, "OpenSSL error: %s", text);
}

}  // namespace sluice::nse

#endif
