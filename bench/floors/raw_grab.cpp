// SPDX-License-Identifier: Apache-2.0
// A lower bound for the cost of banner grabbing: one thread and one epoll instance. Connects, reads a line, and closes.
// It has neither scripts nor an engine.
//
//   raw_grab [-a 127.x.x.x] [-H HOSTS] [-p PORT] [-n PORTS] [-t EXCHANGES] [-P IN_FLIGHT]

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "loopback.hpp"

int main(int argc, char** argv) {
  loopback::Load load;
  for (int option; (option = getopt(argc, argv, loopback::Load::kOptions)) != -1;) {
    if (!load.take(option, optarg)) return 2;
  }
  loopback::prepare();
  const double begun = loopback::now();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::array<epoll_event, 1024> events;
  std::array<char, 2048> buffer;
  std::uint32_t started = 0;
  std::uint32_t ended = 0;
  std::uint32_t lines = 0;
  while (ended < load.total) {
    for (; started < load.total && started - ended < load.limit; ++started) {
      const int connection = loopback::start_connect(load.host(started), load.port(started));
      if (connection < 0) loopback::die("cannot connect");
      // The server sends first, so that the end of the connect need not be watched.
      loopback::watch(epoll, connection, EPOLLIN, static_cast<std::uint32_t>(connection));
    }
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 15000);
    if (ready == 0) break;
    for (int i = 0; i < ready; ++i) {
      const int connection = static_cast<int>(events[static_cast<std::size_t>(i)].data.u32);
      const ssize_t got = recv(connection, buffer.data(), buffer.size(), 0);
      if (got < 0 && errno == EAGAIN) continue;
      if (got > 0 && std::memchr(buffer.data(), '\n', static_cast<std::size_t>(got)) != nullptr) ++lines;
      ++ended;
      close(connection);
    }
  }
  return loopback::report(lines, load.total, begun);
}
