// SPDX-License-Identifier: Apache-2.0
#pragma once

#ifndef SLUICE_NO_TLS

#include <openssl/bio.h>

#include <deque>
#include <string>

namespace sluice::net {

/// The datagrams that OpenSSL reads from and has written to a datagram BIO, oldest first. A memory BIO would not keep
/// their bounds.
struct Datagrams {
  std::deque<std::string> from_peer, to_peer;
};

/// Creates a BIO in memory for DTLS. Each write adds one datagram; each read takes one, and drops the bytes that exceed
/// the reader's buffer. Returns null if there is no memory. The caller owns the BIO.
BIO* new_datagram_bio();

/// Returns the datagrams of a BIO. The BIO owns them. REQUIRES: new_datagram_bio() has created it.
Datagrams& datagrams_of(BIO* bio);

}  // namespace sluice::net

#endif
