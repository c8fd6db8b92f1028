// SPDX-License-Identifier: Apache-2.0
// A lower bound for the cost of a TLS handshake: one thread and one epoll instance. Connects, does the handshake, gets
// the certificate, and closes. It has neither scripts nor an engine, and does not verify certificates, as scripts do
// not either.
//
//   tls_grab [-a 127.x.x.x] [-H HOSTS] [-p PORT] [-n PORTS] [-t HANDSHAKES] [-P IN_FLIGHT]

#include <openssl/ssl.h>
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <unordered_map>

#include "loopback.hpp"

namespace {

enum class Progress : unsigned char { Unfinished, Done, Failed };

Progress shake_hands(SSL* session) {
  const int status = SSL_do_handshake(session);
  if (status == 1) return SSL_get0_peer_certificate(session) != nullptr ? Progress::Done : Progress::Failed;
  const int error = SSL_get_error(session, status);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Progress::Unfinished : Progress::Failed;
}

SSL* start(SSL_CTX* context, int connection) {
  SSL* const session = SSL_new(context);
  SSL_set_fd(session, connection);
  SSL_set_connect_state(session);
  return session;
}

}  // namespace

int main(int argc, char** argv) {
  loopback::Load load;
  for (int option; (option = getopt(argc, argv, loopback::Load::kOptions)) != -1;) {
    if (!load.take(option, optarg)) return 2;
  }
  loopback::prepare();
  const double begun = loopback::now();
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::unordered_map<int, SSL*> sessions;
  std::array<epoll_event, 1024> events;
  std::uint32_t started = 0;
  std::uint32_t ended = 0;
  std::uint32_t handshakes = 0;
  while (ended < load.total) {
    for (; started < load.total && started - ended < load.limit; ++started) {
      const int connection = loopback::start_connect(load.host(started), load.port(started));
      if (connection < 0) loopback::die("cannot connect");
      loopback::watch(epoll, connection, EPOLLIN | EPOLLOUT | EPOLLET, static_cast<std::uint32_t>(connection));
      sessions[connection] = start(context, connection);
    }
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 15000);
    if (ready == 0) break;
    for (int i = 0; i < ready; ++i) {
      const int connection = static_cast<int>(events[static_cast<std::size_t>(i)].data.u32);
      const auto session = sessions.find(connection);
      const Progress progress = shake_hands(session->second);
      if (progress == Progress::Unfinished) continue;
      if (progress == Progress::Done) ++handshakes;
      ++ended;
      SSL_shutdown(session->second);
      SSL_free(session->second);
      sessions.erase(session);
      close(connection);
    }
  }
  SSL_CTX_free(context);
  return loopback::report(handshakes, load.total, begun);
}
