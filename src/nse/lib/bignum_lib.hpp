// SPDX-License-Identifier: Apache-2.0
#pragma once

#ifndef SLUICE_NO_TLS

#include <openssl/bn.h>
#include <lua.hpp>

#include "lua/state.hpp"

namespace sluice::nse {

/// A big integer of OpenSSL that scripts hold. `value` is null from the creation of the userdata, which may raise,
/// until the act step sets it. Scripts never receive a Bignum whose `value` is null. Owned by Lua, as a userdata.
struct Bignum {
  static constexpr const char* kTypeName = "BIGNUM";

  Bignum() = default;
  ~Bignum() { BN_clear_free(value); }
  Bignum(const Bignum&) = delete;
  Bignum& operator=(const Bignum&) = delete;

  /// Counts the memory of `value` towards --script-memory. Call this after `value` has been set.
  void charge(lua::Home& home) noexcept {
    if (value) charge_.set(home, static_cast<std::size_t>(BN_num_bytes(value)));
  }

  BIGNUM* value = nullptr;

 private:
  lua::Charge charge_;
};

/// Creates the metatable of bignums. Idempotent.
void define_bignum(lua_State* state);

/// Adds the `bignum_*` functions to the table on top of the stack (docs/nse-compat.md, "C modules"). Creates the
/// metatable of bignums.
void add_bignum_functions(lua_State* state);

}  // namespace sluice::nse

#endif
