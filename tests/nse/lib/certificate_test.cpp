// SPDX-License-Identifier: Apache-2.0
#ifndef SLUICE_NO_TLS

#include "nse/lib/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "support/lua_fixture.hpp"

namespace sluice::nse {
namespace {

/// P-256; repeated components, one of an unknown OID; a GeneralizedTime; critical, unknown and broken extensions.
constexpr const char* kOdd =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIB6zCCAZCgAwIBAgIUacq+hmwp5cQ5F7mFBISDJmLvkeswCgYIKoZIzj0EAwIw\n"
    "PzEMMAoGA1UECwwDb25lMQwwCgYDVQQLDAN0d28xEjAQBgkrBgEEAYaNHwUMA29k\n"
    "ZDENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjQyMTM1NDlaGA8yMTA5MDExMzIxMzU0\n"
    "OVowPzEMMAoGA1UECwwDb25lMQwwCgYDVQQLDAN0d28xEjAQBgkrBgEEAYaNHwUM\n"
    "A29kZDENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABC3h\n"
    "tT2VrSwef03O8BOGDnMVoBQU5FQHNE2u/+DKVfpaugk/ClavaZOpw+9KgG39RyzI\n"
    "UfU+JwxCWaaDPsyLwZyjaDBmMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAO\n"
    "BgNVHQ8BAf8EBAMCB4AwCwYDKgMEBAQMAmhpMAwGA1UdEwEB/wQCAQIwHQYDVR0O\n"
    "BBYEFGcU4+QYIyQp7Z0MF2+zl+HffjdEMAoGCCqGSM49BAMCA0kAMEYCIQDmMnZu\n"
    "mG947wz3FOV7CkoIH8DHbQHBN3jOcPuqWmVXsAIhANWnVY7JggG6IFeGw27XZ31A\n"
    "ze3Du8ZTqZ/hGbh7q+CS\n"
    "-----END CERTIFICATE-----\n";
/// RSA, 512 bits; a name in UTF-8; no extensions.
constexpr const char* kPlain =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBJDCBzwIUQAat+ARE+pLne9yxz8oP9fMXRDQwDQYJKoZIhvcNAQELBQAwFDES\n"
    "MBAGA1UEAwwJw5xuw69jb2RlMB4XDTI2MTEyNDIxMzUzNVoXDTI2MTIyNDIxMzUz\n"
    "NVowFDESMBAGA1UEAwwJw5xuw69jb2RlMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJB\n"
    "ALRpOgNGSzSoMfQu2hFXYz9ugYI9Ii+pr0Zwzl7hgapFyZCES5886xsBKXWF6Kbh\n"
    "e1NOhhxxDopAuLgeOmOvBeECAwEAATANBgkqhkiG9w0BAQsFAANBAAsf57E9Us3z\n"
    "xIk3OgT/zC1SmDZCRMQMyDqJj2AAWAA+kYejWo0jlX2MS7HWEpg5XPh6A5wCW7IM\n"
    "eZPxnH992R0=\n"
    "-----END CERTIFICATE-----\n";

std::string der_of(const char* pem) {
  BIO* bio = BIO_new_mem_buf(pem, -1);
  X509* x509 = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(x509, &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  X509_free(x509);
  BIO_free(bio);
  return der;
}

class Certificate : public lua::LuaFixture {
 protected:
  Certificate() {
    define_certificate(L());
    lua_pushcfunction(L(), parse_ssl_certificate);
    lua_setglobal(L(), "parse");
    set("odd", der_of(kOdd));
    set("plain", der_of(kPlain));
    set("odd_pem", kOdd);
    run("cert, other = parse(odd), parse(plain)");
  }
  void set(const char* name, const std::string& value) {
    lua_pushlstring(L(), value.data(), value.size());
    lua_setglobal(L(), name);
  }
};

TEST_F(Certificate, LastOfEqualNameComponentsWins) {
  EXPECT_EQ(run("return cert.subject.commonName, cert.subject.organizationalUnitName, cert.issuer.commonName"),
            "test|two|test");
  EXPECT_EQ(run("return other.subject.commonName"),
            "\xc3\x9cn\xc3\xaf"
            "code");
  EXPECT_EQ(run("return cert.subject == cert.subject"), "true");
}

TEST_F(Certificate, UnnamedComponentHasOidTableAsKey) {
  EXPECT_EQ(run(R"(
    for key, value in pairs(cert.subject) do
      if type(key) == "table" then return table.concat(key, "."), type(key[1]), value end
    end)"),
            "1.3.6.1.4.1.99999.5|string|odd");
}

TEST_F(Certificate, TimesAreTablesOfIntegersInBothForms) {
  run("function text(t) return ('%d-%d-%d %d:%d:%d'):format(t.year, t.month, t.day, t.hour, t.min, t.sec) end");
  EXPECT_EQ(run("return text(cert.validity.notBefore), text(cert.validity.notAfter)"),
            "2026-11-24 21:35:49|2109-1-13 21:35:49");
}

TEST_F(Certificate, UnreadableTimeIsRawText) {
  run("local i = plain:find('261124') spoilt = plain:sub(1, i - 1) .. 'xx' .. plain:sub(i + 2)");
  EXPECT_EQ(run("return parse(spoilt).validity.notBefore"), "xx1124213535Z");
  EXPECT_EQ(run("return parse(spoilt).validity.notAfter.year"), "2026");
}

TEST_F(Certificate, PublicKeyHasTypeAndParameters) {
  EXPECT_EQ(run("return cert.pubkey.type, cert.pubkey.bits, cert.pubkey.exponent"), "ec|256|nil");
  EXPECT_EQ(run("local c = cert.pubkey.ecdhparams.curve_params return c.ec_curve_type, c.curve"),
            "namedcurve|prime256v1");
  EXPECT_EQ(run("local k = other.pubkey return k.type, k.bits, k.exponent:todec(), k.modulus:num_bits()"),
            "rsa|512|65537|512");
}

/// A certificate whose RSA key has this exponent and a modulus of 512 bits.
std::string with_exponent(const char* hex) {
  BIGNUM *modulus = nullptr, *exponent = nullptr;
  BN_hex2bn(&modulus, ("C" + std::string(126, '0') + "1").c_str());
  BN_hex2bn(&exponent, hex);
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent);
  OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY *key = nullptr, *signer = EVP_EC_gen("P-256");
  EVP_PKEY_fromdata_init(context);
  EXPECT_EQ(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
  X509* x509 = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(x509), 0);
  X509_gmtime_adj(X509_getm_notAfter(x509), 1);
  X509_set_pubkey(x509, key);
  EXPECT_GT(X509_sign(x509, signer, EVP_sha256()), 0);
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(x509, &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(bytes);
  X509_free(x509);
  EVP_PKEY_free(signer);
  EVP_PKEY_free(key);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_free(exponent);
  BN_free(modulus);
  return der;
}

TEST_F(Certificate, ExponentMayBeLongerThanModulus) {
  const std::string longer = "F" + std::string(199, '1');
  set("long", with_exponent(longer.c_str()));
  EXPECT_EQ(run("local k = parse(long).pubkey return k.exponent:tohex(), k.modulus:num_bits()"), longer + "|512");
}

TEST_F(Certificate, ExtensionsAreInOrderWithTextOrError) {
  EXPECT_EQ(run("local e = cert.extensions[1] return #cert.extensions, e.name, e.value, e.critical"),
            "5|X509v3 Subject Alternative Name|DNS:localhost, IP Address:127.0.0.1|nil");
  EXPECT_EQ(run("local e = cert.extensions[2] return e.name, e.value, e.critical"),
            "X509v3 Key Usage|Digital Signature|true");
  EXPECT_EQ(run("local e = cert.extensions[3] return e.name, e.value, e.error, e.critical"), "1.2.3.4|nil|true|nil");
  EXPECT_EQ(run("local e = cert.extensions[4] return e.name, e.value, e.error, e.critical"),
            "X509v3 Basic Constraints|nil|true|true");
  EXPECT_EQ(run("return other.extensions"), "nil");
}

TEST_F(Certificate, SignatureAlgorithmPemAndDigestMatchOpenssl) {
  EXPECT_EQ(run("return cert.sig_algorithm, other.sig_algorithm"), "ecdsa-with-SHA256|sha256WithRSAEncryption");
  EXPECT_EQ(run("return cert.pem == odd_pem"), "true");
  EXPECT_EQ(run("return (cert:digest('sha1'):gsub('.', function(c) return ('%02X'):format(c:byte()) end))"),
            "FF23F689A5101A1B0926E08F707B5F6CFD3B4CA3");
  EXPECT_EQ(run("return select('#', cert:digest('nope'))"), "0");
  EXPECT_EQ(run("return cert.nothing, cert[1], cert[nil]"), "nil|nil|nil");
  EXPECT_EQ(run("return getmetatable(cert).__name"), "SSL_CERT");
}

TEST_F(Certificate, FieldsCannotBeAssigned) {
  EXPECT_THAT(run("cert.subject = 1"), ::testing::HasSubstr("attempt to index a SSL_CERT value"));
}

TEST_F(Certificate, InvalidCertificateIsNil) {
  EXPECT_EQ(run("return parse(''), parse(odd:sub(1, 100)), parse('rubbish')"), "nil|nil|nil");
  EXPECT_EQ(run("return parse(odd .. 'more').subject.commonName"), "test");
}

TEST_F(Certificate, UnusablePublicKeyIsNilAndErrorText) {
  run(R"(
    local oid = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
    local i = plain:find(oid, 1, true)
    spoilt = plain:sub(1, i + #oid - 2) .. "\x7f" .. plain:sub(i + #oid))");
  EXPECT_THAT(run("return parse(spoilt)"), ::testing::StartsWith("nil|Error parsing cert: error:"));
}

TEST_F(Certificate, TruncatedAndCorruptedCertificatesDoNotCrash) {
  EXPECT_EQ(run(R"(
    for i = 1, #odd do
      parse(odd:sub(1, i))
      for _, flip in ipairs {1, 0x80, 0xff} do
        local c = parse(odd:sub(1, i - 1) .. string.char(odd:byte(i) ~ flip) .. odd:sub(i + 1))
        if c then local _ = c.subject, c.extensions, c:digest "sha1" end
      end
    end
    return "survived")"),
            "survived");
}

TEST_F(Certificate, ArgumentsOfAWrongTypeAreErrors) {
  EXPECT_THAT(run("return parse()"), ::testing::HasSubstr("bad argument #1"));
  EXPECT_THAT(run("return parse({})"), ::testing::HasSubstr("bad argument #1"));
  EXPECT_THAT(run("return cert.digest(1, 'md5')"), ::testing::HasSubstr("SSL_CERT expected, got number"));
  EXPECT_THAT(run("return cert.digest(cert)"), ::testing::HasSubstr("bad argument #2"));
}

TEST_F(Certificate, FailedAllocationLeavesStateIntact) {
  sweep("local c = parse(odd) return c.subject, c:digest 'sha256'");
  sweep("return parse(plain).pubkey.modulus:tohex()");
}

}  // namespace
}  // namespace sluice::nse

#endif
