// SPDX-License-Identifier: Apache-2.0
#include "native/datagram_bio.hpp"

#ifndef SLUICE_NO_TLS

#include <algorithm>
#include <memory>
#include <new>
#include <string_view>

namespace sluice::net {

namespace {

// Callbacks of OpenSSL: no exception may leave them.

int create(BIO* bio) {
  auto* const datagrams = new (std::nothrow) Datagrams;
  BIO_set_data(bio, datagrams);
  BIO_set_init(bio, datagrams != nullptr);
  return datagrams != nullptr;
}

int destroy(BIO* bio) {
  delete static_cast<Datagrams*>(BIO_get_data(bio));
  return 1;
}

int write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  try {
    datagrams_of(bio).to_peer.emplace_back(data, static_cast<std::size_t>(size));
  } catch (const std::bad_alloc&) {
    return -1;
  }
  return size;
}

int read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  auto& waiting = datagrams_of(bio).from_peer;
  if (waiting.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t copied = waiting.front().copy(into, static_cast<std::size_t>(size));
  waiting.pop_front();
  return static_cast<int>(copied);
}

long control(BIO*, int command, long, void*) {
  // 0 means "unknown". The session sets the size of datagrams and retransmits by itself.
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

struct Method {
  Method() : method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams in memory")) {
    if (!method) return;
    BIO_meth_set_create(method, create);
    BIO_meth_set_destroy(method, destroy);
    BIO_meth_set_write(method, write);
    BIO_meth_set_read(method, read);
    BIO_meth_set_ctrl(method, control);
  }
  ~Method() { BIO_meth_free(method); }
  Method(const Method&) = delete;
  Method& operator=(const Method&) = delete;
  BIO_METHOD* method;
};

}  // namespace

BIO* new_datagram_bio() {
  static const Method datagrams;
  return datagrams.method ? BIO_new(datagrams.method) : nullptr;
}

Datagrams& datagrams_of(BIO* bio) { return *static_cast<Datagrams*>(BIO_get_data(bio)); }

}  // namespace sluice::net

#endif
