#pragma once

#ifndef SLUICE_NO_TLS

#include <openssl/bn.h>
#include <lua.hpp>

#include "lua/state.hpp"

namespace sluice::nse {

/// A big integer of OpenSSL's as scripts hold it. Empty between its making, which may raise, and the act step that
/// fills it; scripts never see an empty one.
struct Bignum {
  static constexpr const char* kTypeName = "BIGNUM";

  Bignum() = default;
  ~Bignum() { BN_clear_free(value); }
  Bignum(const Bignum&) = delete;
  Bignum& operator=(const Bignum&) = delete;

  /// To be called once the value is there.
  void charge(lua::Home& home) noexcept {
    if (value) charge_.set(home, static_cast<std::size_t>(BN_num_bytes(value)));
  }

  BIGNUM* value = nullptr;

 private:
  lua::Charge charge_;
};

/// Makes the metatable of bignums; again is harmless. (spec cmodules.md, 1)
void define_bignum(lua_State* state);

/// Adds the `bignum_*` functions to the table on top of the stack, and makes the metatable.
void add_bignum_functions(lua_State* state);

}  // namespace sluice::nse

#endif
