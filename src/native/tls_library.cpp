#include "native/tls_library.hpp"

#ifndef SLUICE_NO_TLS

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#include <memory>
#include <string_view>
#include <vector>

namespace sluice::net {

namespace {

struct Release {
  void operator()(OSSL_LIB_CTX* library) const noexcept { OSSL_LIB_CTX_free(library); }
  void operator()(OSSL_PROVIDER* provider) const noexcept { OSSL_PROVIDER_unload(provider); }
};
using Library = std::unique_ptr<OSSL_LIB_CTX, Release>;
using Provider = std::unique_ptr<OSSL_PROVIDER, Release>;

bool decodes_keys_of_certificates(const OSSL_ALGORITHM& decoder) {
  return std::string_view(decoder.property_definition).find("structure=SubjectPublicKeyInfo") != std::string_view::npos;
}

/// The default provider, in a library of its own, and a provider in another one that passes most of it on.
class Algorithms {
 public:
  Algorithms() {
    OPENSSL_init_crypto(0, nullptr);  // so that its end comes after this one's
    open();
    ERR_clear_error();
  }
  /// nullptr if something could not be had.
  [[nodiscard]] OSSL_LIB_CTX* few() const noexcept { return passed_on_ ? few_.get() : nullptr; }

 private:
  void open() {
    if (!all_ || !few_) return;
    whole_.reset(provider = OSSL_PROVIDER_load(all_.get(), "default"));
    if (!whole_) return;
    int no_cache = 0;
    const OSSL_ALGORITHM* each = OSSL_PROVIDER_query_operation(provider, OSSL_OP_DECODER, &no_cache);
    for (; each && each->algorithm_names; ++each)
      if (decodes_keys_of_certificates(*each)) decoders.push_back(*each);
    decoders.push_back({});  // the end
    constexpr const char* kName = "few";
    if (!OSSL_PROVIDER_add_builtin(few_.get(), kName, start)) return;
    passed_on_.reset(OSSL_PROVIDER_load(few_.get(), kName));
    legacy_.reset(OSSL_PROVIDER_load(few_.get(), "legacy"));  // old ciphers; their absence is no failure
  }

  template <class Function>
  static OSSL_DISPATCH entry(int number, Function* function) {
    return {number, reinterpret_cast<void (*)()>(function)};
  }
  /// Of the functions of a provider. Their context is that of the default one, which its algorithms expect.
  static int start(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions, void** context) {
    static const OSSL_DISPATCH kFunctions[] = {entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
                                               entry(OSSL_FUNC_PROVIDER_GET_CAPABILITIES, tell_capabilities),
                                               {0, nullptr}};
    *functions = kFunctions;
    *context = OSSL_PROVIDER_get0_provider_ctx(provider);
    return 1;
  }
  static const OSSL_ALGORITHM* query(void*, int operation, int* no_cache) {
    const OSSL_ALGORITHM* const all = OSSL_PROVIDER_query_operation(provider, operation, no_cache);
    return operation == OSSL_OP_DECODER ? decoders.data() : all;
  }
  static int tell_capabilities(void*, const char* what, OSSL_CALLBACK* whom, void* argument) {
    return OSSL_PROVIDER_get_capabilities(provider, what, whom, argument);
  }

  // Static, as the functions know nothing else.
  static inline OSSL_PROVIDER* provider;
  static inline std::vector<OSSL_ALGORITHM> decoders;
  // In this order: the few are gone before those that they come from.
  Library all_{OSSL_LIB_CTX_new()};
  Provider whole_;
  Library few_{OSSL_LIB_CTX_new()};
  Provider passed_on_, legacy_;
};

}  // namespace

OSSL_LIB_CTX* tls_library() {
  static const Algorithms algorithms;
  return algorithms.few();
}

}  // namespace sluice::net

#endif
