// SPDX-License-Identifier: Apache-2.0
// What differs between the versions of libssh2 from 1.10 on.
#pragma once

#include <libssh2.h>

#include <type_traits>

namespace sluice::nse {

/// Sets a callback of a session. `Function`: a pointer to a function.
template <class Function>
void set_callback(LIBSSH2_SESSION* session, int type, Function* callback) {
  static_assert(std::is_function_v<Function>);
#if LIBSSH2_VERSION_NUM >= 0x010b01
  libssh2_session_callback_set2(session, type, reinterpret_cast<libssh2_cb_generic*>(callback));
#else
  libssh2_session_callback_set(session, type, reinterpret_cast<void*>(callback));
#endif
}

#if LIBSSH2_VERSION_NUM >= 0x010b00
inline constexpr bool kHasUserauthBanner = true;
#else
inline constexpr bool kHasUserauthBanner = false;  ///< userauth_banner() returns null
#endif

/// Returns the banner that the server has sent before the authentication, which libssh2 owns; null if there is none.
inline const char* userauth_banner([[maybe_unused]] LIBSSH2_SESSION* session) {
#if LIBSSH2_VERSION_NUM >= 0x010b00
  if (char* banner = nullptr; libssh2_userauth_banner(session, &banner) == 0) return banner;
#endif
  return nullptr;
}

}  // namespace sluice::nse
