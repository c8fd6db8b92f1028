// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/certificate.hpp"

#ifndef SLUICE_NO_TLS

#include <openssl/asn1.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <memory>

#include "lua/binding.hpp"
#include "lua/userdata.hpp"
#include "nse/lib/bignum_lib.hpp"
#include "nse/lib/openssl_error.hpp"

// Functions that push read the X509, which the userdata at the bottom of the stack owns, and own nothing themselves.
// New objects of OpenSSL exist only in noexcept functions, which copy them to home.scratch or to a Bignum on the stack.

namespace sluice::nse {
namespace {

using lua::Home;

struct Certificate {
  static constexpr const char* kTypeName = "SSL_CERT";

  std::shared_ptr<X509> x509;
};
using CertificateData = lua::Userdata<Certificate>;

struct BioDeleter {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};

/// Stores the text that `write(bio)` writes in home.scratch. Returns false if `write` has failed.
template <class Write>
bool render(Home& home, Write write) noexcept {
  home.scratch.clear();
  const std::unique_ptr<BIO, BioDeleter> bio(BIO_new(BIO_s_mem()));
  const bool worked = bio && write(bio.get()) == 1;
  if (worked) {
    const char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    if (size > 0) home.scratch.assign(data, static_cast<std::size_t>(size));
  }
  ERR_clear_error();
  return worked;
}

std::string_view view(const ASN1_STRING* text) noexcept {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

// ---- subject, issuer

/// Pushes an object identifier, for which OpenSSL has no name, as an array of its numbers. Each is a string.
void push_numbers(lua_State* state, const ASN1_OBJECT* object) {
  lua_newtable(state);
  char dotted[512];
  const int size = OBJ_obj2txt(dotted, sizeof dotted, object, 1);
  std::string_view rest(dotted,
                        size <= 0 ? 0 : std::min<std::size_t>(static_cast<std::size_t>(size), sizeof dotted - 1));
  for (lua_Integer index = 1; !rest.empty(); ++index) {
    const std::string_view number = rest.substr(0, rest.find('.'));
    lua::push_string(state, number);
    lua_rawseti(state, -2, index);
    rest.remove_prefix(std::min(rest.size(), number.size() + 1));
  }
}

void push_name(lua_State* state, const X509_NAME* name) {
  lua_newtable(state);
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    const ASN1_OBJECT* object = X509_NAME_ENTRY_get_object(entry);
    const int known = OBJ_obj2nid(object);
    if (known == NID_undef)
      push_numbers(state, object);
    else
      lua_pushstring(state, OBJ_nid2ln(known));
    lua::push_string(state, view(X509_NAME_ENTRY_get_data(entry)));
    lua_settable(state, -3);
  }
}

// ---- validity

/// Reads `count` digits at the offset `at`. Returns false if there are other characters.
bool digits(std::string_view text, std::size_t at, std::size_t count, int& number) noexcept {
  number = 0;
  if (at + count > text.size()) return false;
  for (const char digit : text.substr(at, count)) {
    if (digit < '0' || digit > '9') return false;
    number = number * 10 + (digit - '0');
  }
  return true;
}

/// Pushes the date and time as a table of numbers, without a check of their ranges. Pushes the raw text if it does not
/// have the form of RFC 5280, 4.1.2.5.
void push_time(lua_State* state, const ASN1_TIME* time) {
  const std::string_view text = view(time);
  const bool general = ASN1_STRING_type(time) == V_ASN1_GENERALIZEDTIME;
  const std::size_t years = general ? 4 : 2;
  int year, month, day, hour, min, sec;
  if (!digits(text, 0, years, year) || !digits(text, years, 2, month) || !digits(text, years + 2, 2, day) ||
      !digits(text, years + 4, 2, hour) || !digits(text, years + 6, 2, min) || !digits(text, years + 8, 2, sec)) {
    lua::push_string(state, text);
    return;
  }
  if (!general) year += year < 50 ? 2000 : 1900;
  lua_createtable(state, 0, 6);
  lua::set_integer(state, "year", year);
  lua::set_integer(state, "month", month);
  lua::set_integer(state, "day", day);
  lua::set_integer(state, "hour", hour);
  lua::set_integer(state, "min", min);
  lua::set_integer(state, "sec", sec);
}

// ---- pubkey

const char* key_type(const EVP_PKEY* key) noexcept {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return "rsa";
    case EVP_PKEY_DSA:
      return "dsa";
    case EVP_PKEY_DH:
      return "dh";
    case EVP_PKEY_EC:
      return "ec";
    default:
      return "unknown";
  }
}

/// Does the same as EVP_PKEY_get_bn_param, but converts only as many bytes as the modulus has. The function of OpenSSL
/// converts 2048 bytes each time; it is called only for a number that is longer than the modulus, which a peer may
/// send.
bool read_number(const EVP_PKEY* key, const char* parameter, BIGNUM** number) noexcept {
  unsigned char bytes[512];
  const int size = EVP_PKEY_get_size(key);
  if (size > 0 && static_cast<std::size_t>(size) <= sizeof bytes) {
    OSSL_PARAM wanted[] = {OSSL_PARAM_construct_BN(parameter, bytes, static_cast<std::size_t>(size)), OSSL_PARAM_END};
    if (EVP_PKEY_get_params(key, wanted) == 1 && OSSL_PARAM_modified(wanted) && OSSL_PARAM_get_BN(wanted, number) == 1)
      return true;
  }
  return EVP_PKEY_get_bn_param(key, parameter, number) == 1;
}

/// Sets a field of the table on top of the stack to a parameter of the key, as a bignum.
void set_key_number(lua_State* state, const char* field, const EVP_PKEY* key, const char* parameter) {
  Bignum& number = lua::Userdata<Bignum>::push(state);
  if (read_number(key, parameter, &number.value))
    lua_setfield(state, -2, field);
  else
    lua_pop(state, 1);
  ERR_clear_error();
}

/// The curve of an EC key: `name` if it has one; otherwise `type` says what its field is.
struct Curve {
  const char* type = "explicit_prime";
  int name = NID_undef;
};

Curve curve_of(const EVP_PKEY* key) noexcept {
  Curve curve;
  char name[80];
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, nullptr) == 1)
    curve.name = OBJ_txt2nid(name);
  if (curve.name != NID_undef)
    curve.type = "namedcurve";
  else if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_FIELD_TYPE, name, sizeof name, nullptr) == 1 &&
           std::strcmp(name, SN_X9_62_characteristic_two_field) == 0)
    curve.type = "explicit_char2";
  ERR_clear_error();
  return curve;
}

void push_key(lua_State* state, const EVP_PKEY* key) {
  const char* type = key_type(key);
  lua_newtable(state);
  lua::set_field(state, "type", type);
  lua::set_integer(state, "bits", EVP_PKEY_get_bits(key));
  if (std::strcmp(type, "rsa") == 0) {
    set_key_number(state, "exponent", key, OSSL_PKEY_PARAM_RSA_E);
    set_key_number(state, "modulus", key, OSSL_PKEY_PARAM_RSA_N);
  } else if (std::strcmp(type, "ec") == 0) {
    const Curve curve = curve_of(key);
    lua_newtable(state);
    lua_newtable(state);
    lua::set_field(state, "ec_curve_type", curve.type);
    if (curve.name != NID_undef) lua::set_field(state, "curve", OBJ_nid2sn(curve.name));
    lua_setfield(state, -2, "curve_params");
    lua_setfield(state, -2, "ecdhparams");
  }
}

// ---- extensions

/// Pushes the array of extensions; nil if there are none.
void push_extensions(lua_State* state, const X509* x509) {
  const STACK_OF(X509_EXTENSION)* extensions = X509_get0_extensions(x509);
  const int count = extensions ? sk_X509_EXTENSION_num(extensions) : 0;
  if (count <= 0) {
    lua_pushnil(state);
    return;
  }
  lua_createtable(state, count, 0);
  for (int i = 0; i < count; ++i) {
    X509_EXTENSION* extension = sk_X509_EXTENSION_value(extensions, i);
    lua_newtable(state);
    char name[512] = "";
    OBJ_obj2txt(name, sizeof name, X509_EXTENSION_get_object(extension), 0);
    lua::set_field(state, "name", name);
    if (X509_EXTENSION_get_critical(extension)) lua::set_boolean(state, "critical", true);
    Home& home = lua::home(state);
    if (render(home, [extension](BIO* bio) noexcept { return X509V3_EXT_print(bio, extension, 0, 0); }))
      lua::set_field(state, "value", home.scratch);
    else
      lua::set_boolean(state, "error", true);
    lua_rawseti(state, -2, i + 1);
  }
}

// ---- the whole certificate

/// Pushes the table of fields that indexing a certificate reads.
void push_fields(lua_State* state, X509* x509, const EVP_PKEY* key) {
  lua_newtable(state);
  push_name(state, X509_get_subject_name(x509));
  lua_setfield(state, -2, "subject");
  push_name(state, X509_get_issuer_name(x509));
  lua_setfield(state, -2, "issuer");

  lua_createtable(state, 0, 2);
  push_time(state, X509_get0_notBefore(x509));
  lua_setfield(state, -2, "notBefore");
  push_time(state, X509_get0_notAfter(x509));
  lua_setfield(state, -2, "notAfter");
  lua_setfield(state, -2, "validity");

  push_key(state, key);
  lua_setfield(state, -2, "pubkey");
  lua::set_field(state, "sig_algorithm", OBJ_nid2ln(X509_get_signature_nid(x509)));
  push_extensions(state, x509);
  lua_setfield(state, -2, "extensions");

  Home& home = lua::home(state);
  if (render(home, [x509](BIO* bio) noexcept { return PEM_write_bio_X509(bio, x509); }))
    lua::set_field(state, "pem", home.scratch);
}

std::shared_ptr<X509> decode(std::string_view der) noexcept {
  if (der.size() > LONG_MAX) return nullptr;
  ERR_clear_error();
  const auto* place = reinterpret_cast<const unsigned char*>(der.data());
  std::shared_ptr<X509> x509(d2i_X509(nullptr, &place, static_cast<long>(der.size())), X509_free);
  ERR_clear_error();  // decoding succeeds, but queues an error, if it cannot decode the public key
  return x509;
}

int digest(lua_State* state) {
  Certificate& certificate = CertificateData::check(state, 1);
  const EVP_MD* algorithm = EVP_get_digestbyname(luaL_checkstring(state, 2));
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const bool worked = algorithm && X509_digest(certificate.x509.get(), algorithm, bytes, &size) == 1;
  ERR_clear_error();
  if (!worked) return 0;
  lua_pushlstring(state, reinterpret_cast<const char*>(bytes), size);
  return 1;
}

/// __index: returns the method with this name, or else the field.
int index(lua_State* state) {
  CertificateData::check(state, 1);
  lua_pushvalue(state, 2);
  if (lua_rawget(state, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  if (lua_isnil(state, 2)) return 1;
  lua_getiuservalue(state, 1, 1);
  lua_pushvalue(state, 2);
  lua_rawget(state, -2);
  return 1;
}

constexpr luaL_Reg kCertificateMethods[] = {{"digest", digest}, {nullptr, nullptr}};

}  // namespace

void define_certificate(lua_State* state) {
  define_bignum(state);
  CertificateData::define(state, kCertificateMethods);
  lua_getfield(state, -1, "__index");
  lua_pushcclosure(state, index, 1);
  lua_setfield(state, -2, "__index");
  lua_pop(state, 1);
}

std::shared_ptr<x509_st>& push_empty_certificate(lua_State* state) { return CertificateData::push(state).x509; }

int finish_certificate(lua_State* state) {
  luaL_checkstack(state, 10, nullptr);
  X509* const x509 = CertificateData::check(state, -1).x509.get();
  if (!x509) {
    lua_pushnil(state);
    return 1;
  }
  const EVP_PKEY* key = X509_get0_pubkey(x509);
  if (!key) {
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    lua_pushnil(state);
    lua_pushfstring(state, "Error parsing cert: %s", text);
    return 2;
  }
  push_fields(state, x509, key);
  lua_setiuservalue(state, -2, 1);
  return 1;
}

int parse_ssl_certificate(lua_State* state) {
  const std::string_view der = lua::check_string(state, 1);
  std::shared_ptr<X509>& certificate = push_empty_certificate(state);  // before decode(), because this may raise
  certificate = decode(der);
  return finish_certificate(state);
}

}  // namespace sluice::nse

#endif
