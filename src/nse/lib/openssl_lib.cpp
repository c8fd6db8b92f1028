// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/openssl_lib.hpp"

#ifndef SLUICE_NO_TLS

#include <openssl/evp.h>
#include <openssl/evperr.h>
#include <openssl/hmac.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include <climits>
#include <memory>

#include "lua/binding.hpp"
#include "nse/lib/bignum_lib.hpp"
#include "nse/lib/openssl_error.hpp"

namespace sluice::nse {
namespace {

using lua::check_string;
using lua::Home;

const unsigned char* bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// ---- Digests.

struct DigestOut {
  bool known = false;
  OpensslStatus status;
  unsigned int size = 0;
  unsigned char digest[EVP_MAX_MD_SIZE];
};

struct DigestArgs {
  std::string_view algorithm, data;  ///< `algorithm` ends with a zero byte, because it is a string of Lua
};

int push_digest(lua_State* state, std::string_view algorithm, const DigestOut& out) {
  if (!out.known) return luaL_error(state, "Unknown digest algorithm: %s", algorithm.data());
  check_openssl(state, out.status);
  lua_pushlstring(state, reinterpret_cast<const char*>(out.digest), out.size);
  return 1;
}

struct Digest {
  static DigestArgs parse(lua_State* state) { return {check_string(state, 1), check_string(state, 2)}; }
  static DigestOut act(Home&, const DigestArgs& args) noexcept {
    OpensslStatus::clear();
    DigestOut out;
    const EVP_MD* algorithm = EVP_get_digestbyname(args.algorithm.data());
    if ((out.known = algorithm != nullptr))
      out.status = OpensslStatus::from(
          EVP_Digest(args.data.data(), args.data.size(), out.digest, &out.size, algorithm, nullptr) == 1);
    return out;
  }
  static int push(lua_State* state, const DigestArgs& args, const DigestOut& out) {
    return push_digest(state, args.algorithm, out);
  }
};

/// The same for a function that is named after its algorithm.
template <const char* Name>
struct NamedDigest : Digest {
  static DigestArgs parse(lua_State* state) { return {Name, check_string(state, 1)}; }
};
constexpr char kMd4[] = "md4", kMd5[] = "md5", kSha1[] = "sha1", kRipemd160[] = "ripemd160";

struct Hmac {
  struct Args {
    std::string_view algorithm, key, data;
  };
  static Args parse(lua_State* state) {
    const Args args{check_string(state, 1), check_string(state, 2), check_string(state, 3)};
    luaL_argcheck(state, args.key.size() <= INT_MAX, 2, "key too long");
    return args;
  }
  static DigestOut act(Home&, const Args& args) noexcept {
    OpensslStatus::clear();
    DigestOut out;
    const EVP_MD* algorithm = EVP_get_digestbyname(args.algorithm.data());
    if ((out.known = algorithm != nullptr))
      out.status = OpensslStatus::from(HMAC(algorithm, args.key.data(), static_cast<int>(args.key.size()),
                                            bytes(args.data), args.data.size(), out.digest, &out.size) != nullptr);
    return out;
  }
  static int push(lua_State* state, const Args& args, const DigestOut& out) {
    return push_digest(state, args.algorithm, out);
  }
};

// ---- Ciphers.

enum class Direction { Decrypt = 0, Encrypt = 1 };

struct ContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

template <Direction direction>
struct Crypt {
  /// Bytes by which the result may exceed the data: more than a block of padding, or the check value of a key wrap.
  static constexpr std::size_t kGrowth = 2 * EVP_MAX_BLOCK_LENGTH;

  struct Args {
    std::string_view algorithm, key, iv, data;
    bool padding;
    unsigned char* result;  ///< data.size() + kGrowth bytes of a userdata on the stack
  };
  struct Out {
    enum Kind { Done, UnknownCipher, BadIv } kind = Done;
    OpensslStatus status;
    int iv_length = 0;
    std::size_t size = 0;
  };

  static Args parse(lua_State* state) {
    Args args{check_string(state, 1), check_string(state, 2),       lua::opt_string(state, 3, ""),
              check_string(state, 4), lua_toboolean(state, 5) != 0, nullptr};
    luaL_argcheck(state, args.key.size() <= INT_MAX, 2, "key too long");
    luaL_argcheck(state, args.data.size() <= INT_MAX - kGrowth, 4, "data too long");
    args.result = static_cast<unsigned char*>(lua_newuserdatauv(state, args.data.size() + kGrowth, 0));
    return args;
  }

  static Out act(Home&, const Args& args) noexcept {
    OpensslStatus::clear();
    Out out;
    const EVP_CIPHER* cipher = EVP_get_cipherbyname(args.algorithm.data());
    if (!cipher) {
      out.kind = Out::UnknownCipher;
      return out;
    }
    const std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter> owner(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX* context = owner.get();
    constexpr int kDirection = static_cast<int>(direction);
    if (!context || !EVP_CipherInit_ex(context, cipher, nullptr, nullptr, nullptr, kDirection) ||
        EVP_CIPHER_CTX_set_key_length(context, static_cast<int>(args.key.size())) <= 0) {
      out.status = OpensslStatus::from(false);
      return out;
    }
    if (args.key.empty() && EVP_CIPHER_get_key_length(cipher) > 0) {  // RC4 would read beyond an empty key
      ERR_raise(ERR_LIB_EVP, EVP_R_INVALID_KEY_LENGTH);
      out.status = OpensslStatus::from(false);
      return out;
    }
    out.iv_length = EVP_CIPHER_CTX_get_iv_length(context);
    if (!args.iv.empty() && args.iv.size() != static_cast<std::size_t>(out.iv_length)) {
      out.kind = Out::BadIv;
      return out;
    }
    const unsigned char* iv = args.iv.empty() ? nullptr : bytes(args.iv);
    int head = 0, tail = 0;
    bool worked = EVP_CipherInit_ex(context, nullptr, nullptr, bytes(args.key), iv, kDirection) > 0 &&
                  EVP_CIPHER_CTX_set_padding(context, args.padding) > 0;
    // Without data there is no update, because authenticated modes take an empty update as a query of the length.
    if (worked && !args.data.empty())
      worked = EVP_CipherUpdate(context, args.result, &head, bytes(args.data), static_cast<int>(args.data.size())) > 0;
    worked = worked && EVP_CipherFinal_ex(context, args.result + head, &tail) > 0;
    out.status = OpensslStatus::from(worked);
    if (worked) out.size = static_cast<std::size_t>(head) + static_cast<std::size_t>(tail);
    return out;
  }

  static int push(lua_State* state, const Args& args, const Out& out) {
    if (out.kind == Out::UnknownCipher) return luaL_error(state, "Unknown cipher algorithm: %s", args.algorithm.data());
    if (out.kind == Out::BadIv)
      return luaL_error(state, "Length of iv is %d; should be %d", static_cast<int>(args.iv.size()), out.iv_length);
    check_openssl(state, out.status);
    lua_pushlstring(state, reinterpret_cast<const char*>(args.result), out.size);
    return 1;
  }
};

/// Spreads 56 bits over 8 bytes, seven in the high bits of each, as LM and NTLM form DES keys. The parity bits are 0.
int des_string_to_key(lua_State* state) {
  const std::string_view text = check_string(state, 1);
  if (text.size() != 7) return luaL_error(state, "String must have length of 7 bytes.");
  unsigned long long bits = 0;
  for (const unsigned char byte : text) bits = bits << 8 | byte;
  char key[8];
  for (int i = 0; i < 8; ++i) key[i] = static_cast<char>((bits >> (49 - 7 * i) & 0x7f) << 1);
  lua_pushlstring(state, key, sizeof key);
  return 1;
}

struct RandBytes {
  struct Args {
    std::size_t count;
    unsigned char* result;  ///< `count` bytes of a userdata on the stack
  };
  static Args parse(lua_State* state) {
    const lua_Integer count = luaL_checkinteger(state, 1);
    luaL_argcheck(state, count >= 0 && count <= INT_MAX, 1, "number of bytes out of range");
    const auto size = static_cast<std::size_t>(count);
    return {size, static_cast<unsigned char*>(lua_newuserdatauv(state, size, 0))};
  }
  static OpensslStatus act(Home&, const Args& args) noexcept {
    OpensslStatus::clear();
    return OpensslStatus::from(RAND_bytes(args.result, static_cast<int>(args.count)) == 1);
  }
  static int push(lua_State* state, const Args& args, const OpensslStatus& status) {
    check_openssl(state, status);
    lua_pushlstring(state, reinterpret_cast<const char*>(args.result), args.count);
    return 1;
  }
};

// ---- Lists of names, in the sorted order of OpenSSL. act() returns them in the scratch, each with a zero byte at its
// end.

template <class Algorithm>
using Visit = void (*)(const Algorithm*, const char* from, const char* to, void* context);
template <class Algorithm>
using Walk = void (*)(Visit<Algorithm>, void* context);

template <class Algorithm, Walk<Algorithm> walk>
struct Supported {
  struct Args {};
  struct Out {};
  static Args parse(lua_State*) { return {}; }
  static Out act(Home& home, const Args&) noexcept {
    home.scratch.clear();
    walk(
        [](const Algorithm*, const char* from, const char*, void* context) {
          if (from) static_cast<std::string*>(context)->append(from).push_back('\0');
        },
        &home.scratch);
    return {};
  }
  static int push(lua_State* state, const Args&, const Out&) {
    lua_newtable(state);
    std::string_view names = lua::home(state).scratch;
    for (lua_Integer index = 1; !names.empty(); ++index) {
      const std::string_view name = names.substr(0, names.find('\0'));
      lua::push_string(state, name);
      lua_rawseti(state, -2, index);
      names.remove_prefix(name.size() + 1);
    }
    return 1;
  }
};

constexpr luaL_Reg kOpensslFunctions[] = {
    {"md4", lua::call<NamedDigest<kMd4>>},
    {"md5", lua::call<NamedDigest<kMd5>>},
    {"sha1", lua::call<NamedDigest<kSha1>>},
    {"ripemd160", lua::call<NamedDigest<kRipemd160>>},
    {"digest", lua::call<Digest>},
    {"hmac", lua::call<Hmac>},
    {"encrypt", lua::call<Crypt<Direction::Encrypt>>},
    {"decrypt", lua::call<Crypt<Direction::Decrypt>>},
    {"DES_string_to_key", des_string_to_key},
    {"rand_bytes", lua::call<RandBytes>},
    {"rand_pseudo_bytes", lua::call<RandBytes>},
    {"supported_digests", lua::call<Supported<EVP_MD, EVP_MD_do_all_sorted>>},
    {"supported_ciphers", lua::call<Supported<EVP_CIPHER, EVP_CIPHER_do_all_sorted>>},
    {nullptr, nullptr}};

/// Loads OpenSSL's providers `legacy` and `default` for the rest of the process. If a program loads any provider,
/// OpenSSL no longer loads the default one by itself. The destructor runs before OpenSSL's exit handler, which was
/// registered earlier.
class Providers {
 public:
  Providers() noexcept
      : legacy_(OSSL_PROVIDER_load(nullptr, "legacy")), default_(OSSL_PROVIDER_load(nullptr, "default")) {
    ERR_clear_error();
  }
  ~Providers() {
    if (legacy_) OSSL_PROVIDER_unload(legacy_);
    if (default_) OSSL_PROVIDER_unload(default_);
  }
  Providers(const Providers&) = delete;
  Providers& operator=(const Providers&) = delete;

 private:
  OSSL_PROVIDER *legacy_, *default_;
};

}  // namespace

int open_openssl(lua_State* state) {
  static const Providers providers;
  luaL_newlib(state, kOpensslFunctions);
  add_bignum_functions(state);
  return 1;
}

}  // namespace sluice::nse

#endif
