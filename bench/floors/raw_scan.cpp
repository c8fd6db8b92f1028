// SPDX-License-Identifier: Apache-2.0
// A lower bound for the cost of a connect scan. A socket whose connect was refused is used for the next port. On
// loopback the answer has arrived when connect is called for the second time.
//
//   raw_scan FIRST_HOST HOSTS FIRST_PORT LAST_PORT
//
// Prints the number of open ports.

#include <poll.h>

#include <cstdio>

#include "loopback.hpp"

namespace {

sockaddr_in address_of(std::uint32_t host, long port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(host);
  return address;
}

/// True if the socket is connected to itself: no server listens, and the kernel has chosen the probed port as source
/// port.
bool is_own(int descriptor, const sockaddr_in& address) {
  sockaddr_in own{};
  socklen_t length = sizeof own;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &length);
  return own.sin_port == address.sin_port && own.sin_addr.s_addr == address.sin_addr.s_addr;
}

/// Returns true if the connect succeeds. The first connect() starts it; the second one returns a refusal, and resets
/// the socket so that it can be used for the next port.
bool connects(int descriptor, const sockaddr_in& address) {
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  if (connect(descriptor, generic, sizeof address) == 0) return true;
  for (int tries = 0; errno == EINPROGRESS || errno == EALREADY; ++tries) {
    pollfd waiting{descriptor, POLLOUT, 0};
    if (tries > 0 && poll(&waiting, 1, 15000) != 1) loopback::die("no answer");
    if (connect(descriptor, generic, sizeof address) == 0) return true;
  }
  return errno == EISCONN;
}

}  // namespace

int main(int argc, char** argv) {
  loopback::Load load;
  if (argc != 5 || !load.take('a', argv[1]) || !load.take('H', argv[2])) return 2;
  const long first = loopback::number(argv[3], 1, 65535);
  const long last = loopback::number(argv[4], first, 65535);
  const double begun = loopback::now();
  int descriptor = -1;
  std::uint32_t open = 0;
  for (std::uint32_t host = 0; host < load.hosts; ++host) {
    for (long port = first; port <= last; ++port) {
      if (descriptor < 0) descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      const sockaddr_in address = address_of(load.first_host + host, port);
      if (!connects(descriptor, address)) continue;
      if (!is_own(descriptor, address)) ++open;
      close(descriptor);
      descriptor = -1;
    }
  }
  std::printf("open %u\n", open);
  return loopback::report(1, 1, begun);
}
