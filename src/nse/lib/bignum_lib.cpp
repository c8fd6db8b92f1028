// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/bignum_lib.hpp"

#ifndef SLUICE_NO_TLS

#include <climits>
#include <memory>

#include "lua/binding.hpp"
#include "lua/userdata.hpp"
#include "nse/lib/openssl_error.hpp"
#include "nse/runtime/interrupt.hpp"

namespace sluice::nse {
namespace {

using lua::check_string;
using lua::Home;
using Bn = lua::Userdata<Bignum>;

struct ContextDeleter {
  void operator()(BN_CTX* context) const noexcept { BN_CTX_free(context); }
};
using Context = std::unique_ptr<BN_CTX, ContextDeleter>;

const BIGNUM* operand(lua_State* state, int index) { return Bn::check(state, index).value; }

/// Maximum number of multiplications of words in one call, which take about a second. More are refused, because calls
/// of OpenSSL cannot be interrupted. A power with a modulus and an exponent of 16384 bits, the largest keys that
/// OpenSSL's own protocols accept, needs this number.
constexpr double kMaxSteps = double{1 << 30};

double words(const BIGNUM* number) {
  const int whole = (BN_num_bits(number) + 63) / 64;
  return whole;
}

void check_steps(lua_State* state, double steps) {
  if (steps > kMaxSteps) luaL_error(state, "the numbers are too large: this would take too long");
}

double steps_of_power(const BIGNUM* exponent, const BIGNUM* modulus) {
  return BN_num_bits(exponent) * words(modulus) * words(modulus);
}

// ---- From text and bytes. An empty result is pushed before OpenSSL allocates, so that a raise leaks nothing.

struct FromArgs {
  std::string_view text;
  Bignum* result;
};
FromArgs parse_text(lua_State* state) {
  const std::string_view text = check_string(state, 1);
  return {text, &Bn::push(state)};
}

/// Reads the digits up to the first other character. No digits are zero.
template <int (*Parse)(BIGNUM**, const char*)>
struct FromDigits {
  static FromArgs parse(lua_State* state) {
    constexpr double kDigitsOfWord = 19;
    const FromArgs args = parse_text(state);
    const double size = static_cast<double>(args.text.size()) / kDigitsOfWord;
    if (Parse == BN_dec2bn) check_steps(state, size * size / 2);
    return args;
  }
  static OpensslStatus act(Home&, const FromArgs& args) noexcept {
    OpensslStatus::clear();
    args.result->value = BN_new();
    if (!args.result->value) return OpensslStatus::from(false);
    if (Parse(&args.result->value, args.text.data()) > 0) return OpensslStatus::from(true);
    // Either there are no digits, or memory is short. Only the latter adds an error to OpenSSL's queue.
    const bool worked = ERR_peek_error() == 0;
    BN_zero(args.result->value);
    return OpensslStatus::from(worked);
  }
  static int push(lua_State* state, const FromArgs& args, const OpensslStatus& status) {
    args.result->charge(lua::home(state));
    check_openssl(state, status);
    return 1;
  }
};

struct FromBytes {
  static FromArgs parse(lua_State* state) {
    const FromArgs args = parse_text(state);
    luaL_argcheck(state, args.text.size() <= INT_MAX, 1, "string too long");
    return args;
  }
  static OpensslStatus act(Home&, const FromArgs& args) noexcept {
    OpensslStatus::clear();
    const auto* bytes = reinterpret_cast<const unsigned char*>(args.text.data());
    args.result->value = BN_bin2bn(bytes, static_cast<int>(args.text.size()), nullptr);
    return OpensslStatus::from(args.result->value != nullptr);
  }
  static int push(lua_State* state, const FromArgs& args, const OpensslStatus& status) {
    args.result->charge(lua::home(state));
    check_openssl(state, status);
    return 1;
  }
};

// ---- To text and bytes.

struct ToArgs {
  const BIGNUM* number;
};

template <char* (*Format)(const BIGNUM*)>
struct ToDigits {
  static ToArgs parse(lua_State* state) {
    const BIGNUM* number = operand(state, 1);
    if (Format == BN_bn2dec) check_steps(state, words(number) * words(number));
    return {number};
  }
  static OpensslStatus act(Home& home, const ToArgs& args) noexcept {
    OpensslStatus::clear();
    char* digits = Format(args.number);
    if (digits) home.scratch.assign(digits);
    OPENSSL_free(digits);
    return OpensslStatus::from(digits != nullptr);
  }
  static int push(lua_State* state, const ToArgs&, const OpensslStatus& status) {
    check_openssl(state, status);
    lua::push_string(state, lua::home(state).scratch);
    return 1;
  }
};

template <int (*Size)(const BIGNUM*), int (*Write)(const BIGNUM*, unsigned char*)>
struct ToBytes {
  struct Out {};
  static ToArgs parse(lua_State* state) { return {operand(state, 1)}; }
  static Out act(Home& home, const ToArgs& args) noexcept {
    home.scratch.resize(static_cast<std::size_t>(Size(args.number)));
    Write(args.number, reinterpret_cast<unsigned char*>(home.scratch.data()));
    return {};
  }
  static int push(lua_State* state, const ToArgs&, const Out&) {
    lua::push_string(state, lua::home(state).scratch);
    return 1;
  }
};

int bytes_of(const BIGNUM* number) noexcept { return BN_num_bytes(number); }
int mpi_size(const BIGNUM* number) noexcept { return BN_bn2mpi(number, nullptr); }

// ---- Bits. Only set_bit allocates, if it enlarges the number.

int num_bits(lua_State* state) {
  lua_pushinteger(state, BN_num_bits(operand(state, 1)));
  return 1;
}
int num_bytes(lua_State* state) {
  lua_pushinteger(state, BN_num_bytes(operand(state, 1)));
  return 1;
}

/// Returns the bit number at index 2; -1 if it is out of range, so that no bignum has this bit set.
int check_bit(lua_State* state) {
  const lua_Integer bit = luaL_checkinteger(state, 2);
  return bit < 0 || bit > INT_MAX ? -1 : static_cast<int>(bit);
}

int is_bit_set(lua_State* state) {
  const BIGNUM* number = operand(state, 1);
  lua_pushboolean(state, BN_is_bit_set(number, check_bit(state)));
  return 1;
}
int clear_bit(lua_State* state) {
  BIGNUM* number = Bn::check(state, 1).value;
  BN_clear_bit(number, check_bit(state));  // fails for a bit above the highest one, which is clear anyway
  return 0;
}

struct SetBit {
  struct Args {
    BIGNUM* number;
    int bit;
  };
  static Args parse(lua_State* state) {
    const Args args{Bn::check(state, 1).value, check_bit(state)};
    luaL_argcheck(state, args.bit >= 0, 2, "bit out of range");
    return args;
  }
  static OpensslStatus act(Home&, const Args& args) noexcept {
    OpensslStatus::clear();
    return OpensslStatus::from(BN_set_bit(args.number, args.bit) == 1);
  }
  static int push(lua_State* state, const Args&, const OpensslStatus& status) {
    check_openssl(state, status);
    return 0;
  }
};

// ---- Primes.

struct CallbackDeleter {
  void operator()(BN_GENCB* callback) const noexcept { BN_GENCB_free(callback); }
};

/// Returns 1 for a prime, 0 for a composite number, -1 for an error. It is also an error if the running script thread
/// has to be killed, which is checked in each of the up to 128 rounds.
int test_prime(Home& home, const BIGNUM* number) noexcept {
  const Context context(BN_CTX_new());
  const std::unique_ptr<BN_GENCB, CallbackDeleter> callback(BN_GENCB_new());
  if (!context || !callback) return -1;
  BN_GENCB_set(
      callback.get(),
      [](int, int, BN_GENCB* self) { return is_condemned(*static_cast<Home*>(BN_GENCB_get_arg(self))) ? 0 : 1; },
      &home);
  return BN_check_prime(number, context.get(), callback.get());
}

struct PrimeOut {
  bool prime = false, safe = false;
  OpensslStatus status;
};

/// `AlsoSafe`: checks a prime p for safety, too. It is safe if (p - 1) / 2 is a prime.
template <bool AlsoSafe>
struct IsPrime {
  static ToArgs parse(lua_State* state) {
    const BIGNUM* number = operand(state, 1);
    check_steps(state, steps_of_power(number, number));
    return {number};
  }
  static PrimeOut act(Home& home, const ToArgs& args) noexcept {
    OpensslStatus::clear();
    PrimeOut out;
    int answer = test_prime(home, args.number);
    out.prime = answer == 1;
    if (AlsoSafe && out.prime) {
      Bignum half;
      half.value = BN_new();
      answer = half.value && BN_rshift1(half.value, args.number) ? test_prime(home, half.value) : -1;
      out.safe = answer == 1;
    }
    out.status = OpensslStatus::from(answer >= 0);
    return out;
  }
  static int push(lua_State* state, const ToArgs&, const PrimeOut& out) {
    stop_if_condemned(state);
    check_openssl(state, out.status);
    if (AlsoSafe) lua_pushboolean(state, out.safe);
    lua_pushboolean(state, out.prime);
    return AlsoSafe ? 2 : 1;
  }
};

// ---- Arithmetic.

struct Add {
  struct Args {
    const BIGNUM *a, *b;
    Bignum* sum;
  };
  static Args parse(lua_State* state) {
    const BIGNUM *a = operand(state, 1), *b = operand(state, 2);
    return {a, b, &Bn::push(state)};
  }
  static OpensslStatus act(Home&, const Args& args) noexcept {
    OpensslStatus::clear();
    args.sum->value = BN_new();
    return OpensslStatus::from(args.sum->value && BN_add(args.sum->value, args.a, args.b));
  }
  static int push(lua_State* state, const Args& args, const OpensslStatus& status) {
    args.sum->charge(lua::home(state));
    check_openssl(state, status);
    return 1;
  }
};

struct ModExp {
  struct Args {
    const BIGNUM *base, *exponent, *modulus;
    Bignum* power;
  };
  static Args parse(lua_State* state) {
    const BIGNUM *base = operand(state, 1), *exponent = operand(state, 2), *modulus = operand(state, 3);
    luaL_argcheck(state, !BN_is_zero(modulus), 3, "modulus is zero");
    check_steps(state, steps_of_power(exponent, modulus));
    check_steps(state, words(base) * words(modulus));
    return {base, exponent, modulus, &Bn::push(state)};
  }
  static OpensslStatus act(Home&, const Args& args) noexcept {
    OpensslStatus::clear();
    const Context context(BN_CTX_new());
    args.power->value = BN_new();
    return OpensslStatus::from(context && args.power->value &&
                               BN_mod_exp(args.power->value, args.base, args.exponent, args.modulus, context.get()));
  }
  static int push(lua_State* state, const Args& args, const OpensslStatus& status) {
    args.power->charge(lua::home(state));
    check_openssl(state, status);
    return 1;
  }
};

struct Div {
  struct Args {
    const BIGNUM *dividend, *divisor;
    Bignum *quotient, *remainder;
  };
  static Args parse(lua_State* state) {
    Args args{operand(state, 1), operand(state, 2), nullptr, nullptr};
    check_steps(state, words(args.dividend) * words(args.divisor));
    args.quotient = &Bn::push(state);
    args.remainder = &Bn::push(state);
    return args;
  }
  static OpensslStatus act(Home&, const Args& args) noexcept {
    OpensslStatus::clear();
    const Context context(BN_CTX_new());
    args.quotient->value = BN_new();
    args.remainder->value = BN_new();
    return OpensslStatus::from(
        context && args.quotient->value && args.remainder->value &&
        BN_div(args.quotient->value, args.remainder->value, args.dividend, args.divisor, context.get()));
  }
  static int push(lua_State* state, const Args& args, const OpensslStatus& status) {
    args.quotient->charge(lua::home(state));
    args.remainder->charge(lua::home(state));
    check_openssl(state, status);
    return 2;
  }
};

struct Rand {
  struct Args {
    int bits;
    Bignum* number;
  };
  static Args parse(lua_State* state) {
    const lua_Integer bits = luaL_checkinteger(state, 1);
    luaL_argcheck(state, bits >= 0 && bits <= INT_MAX, 1, "number of bits out of range");
    if (!lua::home(state).has_room(static_cast<std::size_t>(bits) / CHAR_BIT)) luaL_error(state, "not enough memory");
    return {static_cast<int>(bits), &Bn::push(state)};
  }
  static OpensslStatus act(Home&, const Args& args) noexcept {
    OpensslStatus::clear();
    args.number->value = BN_new();
    return OpensslStatus::from(args.number->value &&
                               BN_rand(args.number->value, args.bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY));
  }
  static int push(lua_State* state, const Args& args, const OpensslStatus& status) {
    args.number->charge(lua::home(state));
    check_openssl(state, status);
    return 1;
  }
};

constexpr luaL_Reg kBignumMethods[] = {{"tobin", lua::call<ToBytes<bytes_of, BN_bn2bin>>},
                                       {"tompi", lua::call<ToBytes<mpi_size, BN_bn2mpi>>},
                                       {"todec", lua::call<ToDigits<BN_bn2dec>>},
                                       {"tohex", lua::call<ToDigits<BN_bn2hex>>},
                                       {"num_bits", num_bits},
                                       {"num_bytes", num_bytes},
                                       {"set_bit", lua::call<SetBit>},
                                       {"clear_bit", clear_bit},
                                       {"is_bit_set", is_bit_set},
                                       {"is_prime", lua::call<IsPrime<false>>},
                                       {"is_safe_prime", lua::call<IsPrime<true>>},
                                       {nullptr, nullptr}};

constexpr luaL_Reg kBignumFunctions[] = {{"bignum_bin2bn", lua::call<FromBytes>},
                                         {"bignum_dec2bn", lua::call<FromDigits<BN_dec2bn>>},
                                         {"bignum_hex2bn", lua::call<FromDigits<BN_hex2bn>>},
                                         {"bignum_bn2bin", lua::call<ToBytes<bytes_of, BN_bn2bin>>},
                                         {"bignum_bn2mpi", lua::call<ToBytes<mpi_size, BN_bn2mpi>>},
                                         {"bignum_bn2dec", lua::call<ToDigits<BN_bn2dec>>},
                                         {"bignum_bn2hex", lua::call<ToDigits<BN_bn2hex>>},
                                         {"bignum_num_bits", num_bits},
                                         {"bignum_num_bytes", num_bytes},
                                         {"bignum_set_bit", lua::call<SetBit>},
                                         {"bignum_clear_bit", clear_bit},
                                         {"bignum_is_bit_set", is_bit_set},
                                         {"bignum_is_prime", lua::call<IsPrime<false>>},
                                         {"bignum_is_safe_prime", lua::call<IsPrime<true>>},
                                         {"bignum_add", lua::call<Add>},
                                         {"bignum_mod_exp", lua::call<ModExp>},
                                         {"bignum_div", lua::call<Div>},
                                         {"bignum_rand", lua::call<Rand>},
                                         {"bignum_pseudo_rand", lua::call<Rand>},
                                         {nullptr, nullptr}};

}  // namespace

void define_bignum(lua_State* state) {
  Bn::define(state, kBignumMethods);
  lua_pushcfunction(state, (lua::call<ToDigits<BN_bn2hex>>));
  lua_setfield(state, -2, "__tostring");
  lua_pop(state, 1);
}

void add_bignum_functions(lua_State* state) {
  define_bignum(state);
  luaL_setfuncs(state, kBignumFunctions, 0);
}

}  // namespace sluice::nse

#endif
