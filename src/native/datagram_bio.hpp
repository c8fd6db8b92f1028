#pragma once

#ifndef SLUICE_NO_TLS

#include <openssl/bio.h>

#include <deque>
#include <string>

namespace sluice::net {

/// What OpenSSL reads and writes through a datagram BIO, each with its bounds, which a memory BIO would lose.
struct Datagrams {
  std::deque<std::string> from_peer, to_peer;
};

/// A BIO in memory for DTLS: each write to it is one datagram, and each read takes one, of which what the reader has no
/// room for is lost. Null if there is no memory.
BIO* new_datagram_bio();

/// Those of such a BIO, which owns them.
Datagrams& datagrams_of(BIO* bio);

}  // namespace sluice::net

#endif
