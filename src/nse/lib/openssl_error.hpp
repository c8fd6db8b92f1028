#pragma once

#ifndef SLUICE_NO_TLS

#include <openssl/err.h>
#include <lua.hpp>

namespace sluice::nse {

/// What an act step brings back from OpenSSL: the first error since `clear`, or that all went well.
struct OpensslStatus {
  bool ok = true;
  unsigned long code = 0;

  /// Call before the work: errors of earlier work must not be taken for this one's.
  static void clear() noexcept { ERR_clear_error(); }
  static OpensslStatus from(bool worked) noexcept {
    OpensslStatus status;
    status.ok = worked;
    if (!worked) status.code = ERR_get_error();
    ERR_clear_error();
    return status;
  }
};

/// Raises `OpenSSL error: <library text>` unless all went well.
inline void check_openssl(lua_State* state, const OpensslStatus& status) {
  if (status.ok) return;
  char text[256];
  ERR_error_string_n(status.code, text, sizeof text);
  luaL_error(state, "OpenSSL error: %s", text);
}

}  // namespace sluice::nse

#endif
