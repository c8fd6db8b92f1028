#pragma once

struct ossl_lib_ctx_st;

namespace sluice::net {

/// OpenSSL's algorithms for TLS sessions: the default ones, less the decoders that no session needs, and the legacy
/// ones where they are installed.
///
/// For the public key of each certificate OpenSSL 3.0 asks every decoder it has, for private keys and passwords and PEM
/// as well, whether it might lead to the key: a quarter of the instructions of a handshake. Those for the structure of
/// certificates' keys ("SubjectPublicKeyInfo") are enough, and cost a tenth.
///
/// For SSL_CTX_new_ex. One for the process, to its end; any thread. nullptr, which is OpenSSL's own library, if the
/// algorithms could not be had so.
[[nodiscard]] ossl_lib_ctx_st* tls_library();

}  // namespace sluice::net
