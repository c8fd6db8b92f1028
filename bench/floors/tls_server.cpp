// SPDX-License-Identifier: Apache-2.0
// A TLS server for the benchmarks, on a port of all addresses in 127.0.0.0/8. Does the handshake with each client, and
// keeps the connection open until the client closes it. It is reachable through the loopback device only.
//
//   tls_server PORT CERTIFICATE KEY     (PEM files)
//
// Prints "ready" when it listens. Ends when its standard input ends.

#include <openssl/ssl.h>
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <unordered_map>

#include "loopback.hpp"

namespace {

struct FreeSsl {
  void operator()(SSL* session) const { SSL_free(session); }
};
using Sessions = std::unordered_map<int, std::unique_ptr<SSL, FreeSsl>>;

void accept_all(int epoll, int listener, SSL_CTX* context, Sessions& sessions) {
  int connection;
  while ((connection = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    loopback::watch(epoll, connection, EPOLLIN, static_cast<std::uint32_t>(connection));
    SSL* const session = SSL_new(context);
    SSL_set_fd(session, connection);
    SSL_set_accept_state(session);
    sessions[connection].reset(session);
  }
  if (errno != EAGAIN && errno != ECONNABORTED) loopback::die("cannot accept");
}

/// Reads, which first does the handshake. Returns false if the connection has ended.
bool still_open(SSL* session) {
  std::array<char, 4096> rubbish;
  const int got = SSL_read(session, rubbish.data(), static_cast<int>(rubbish.size()));
  return got > 0 || SSL_get_error(session, got) == SSL_ERROR_WANT_READ;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: tls_server PORT CERTIFICATE KEY\n", stderr);
    return 2;
  }
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context, argv[2]) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, argv[3], SSL_FILETYPE_PEM) != 1) {
    std::fputs("tls_server: cannot read the certificate or its key\n", stderr);
    return 1;
  }
  loopback::prepare();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int listener = loopback::listen_on(static_cast<std::uint16_t>(loopback::number(argv[1], 1, 65535)));
  loopback::watch(epoll, listener, EPOLLIN, static_cast<std::uint32_t>(listener));
  loopback::watch(epoll, STDIN_FILENO, EPOLLIN, STDIN_FILENO);
  std::puts("ready");
  std::fflush(stdout);
  Sessions sessions;
  std::array<epoll_event, 256> events;
  while (true) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int descriptor = static_cast<int>(events[static_cast<std::size_t>(i)].data.u32);
      if (descriptor == listener) {
        accept_all(epoll, listener, context, sessions);
      } else if (descriptor == STDIN_FILENO) {
        return 0;
      } else if (!still_open(sessions[descriptor].get())) {
        sessions.erase(descriptor);
        close(descriptor);
      }
    }
  }
}
