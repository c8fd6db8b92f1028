// SPDX-License-Identifier: Apache-2.0
// A lower bound for the cost of version detection: one thread and one epoll instance. For a port that sends a greeting,
// it connects, reads a line, and closes. For another port, it connects, sends one request, reads an answer, and closes.
// It never waits for a timeout, and matches nothing.
//
//   probe_grab [-a 127.x.x.x] [-H HOSTS] [-P IN_FLIGHT] PORT[:get]...
//     PORT      a port that sends a greeting
//     PORT:get  a port that answers a request

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include "loopback.hpp"

namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.0\r\n\r\n";

struct Port {
  std::uint16_t number;
  bool asks;
};

Port port_of(char* text) {
  const char* colon = std::strchr(text, ':');
  if (colon && std::strcmp(colon, ":get") != 0) {
    std::fprintf(stderr, "probe_grab: %s: neither PORT nor PORT:get\n", text);
    std::exit(2);
  }
  if (colon) text[colon - text] = '\0';
  return {static_cast<std::uint16_t>(loopback::number(text, 1, 65535)), colon != nullptr};
}

/// Does one exchange with each port of each host, at most `limit` at a time.
class Grab {
 public:
  Grab(const loopback::Load& load, std::vector<Port> ports) : load_(load), ports_(std::move(ports)) {}

  /// Returns how many ports answered.
  std::uint32_t run() {
    while (ended_ < load_.total) {
      for (; started_ < load_.total && started_ - ended_ < load_.limit; ++started_)
        start(ports_[started_ / load_.hosts]);
      const int ready = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 15000);
      if (ready == 0) break;
      for (int i = 0; i < ready; ++i) serve(static_cast<int>(events_[static_cast<std::size_t>(i)].data.u32));
    }
    return answers_;
  }

 private:
  void start(Port port) {
    const int connection = loopback::start_connect(load_.host(started_), port.number);
    if (connection < 0) loopback::die("cannot connect");
    if (static_cast<std::size_t>(connection) >= asks_.size())
      asks_.resize(2 * static_cast<std::size_t>(connection) + 64);
    asks_[static_cast<std::size_t>(connection)] = port.asks;
    loopback::watch(epoll_, connection, port.asks ? EPOLLOUT : EPOLLIN, static_cast<std::uint32_t>(connection));
  }

  void serve(int connection) {
    if (asks_[static_cast<std::size_t>(connection)]) {
      asks_[static_cast<std::size_t>(connection)] = false;
      static_cast<void>(send(connection, kRequest.data(), kRequest.size(), MSG_NOSIGNAL));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u32 = static_cast<std::uint32_t>(connection);
      if (epoll_ctl(epoll_, EPOLL_CTL_MOD, connection, &event) < 0) loopback::die("cannot watch a descriptor");
      return;
    }
    const ssize_t got = recv(connection, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got > 0 && std::memchr(buffer_.data(), '\n', static_cast<std::size_t>(got)) != nullptr) ++answers_;
    ++ended_;
    close(connection);
  }

  loopback::Load load_;
  std::vector<Port> ports_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<bool> asks_;  ///< by descriptor; true if the request has not been sent
  std::uint32_t started_ = 0;
  std::uint32_t ended_ = 0;
  std::uint32_t answers_ = 0;
  std::array<epoll_event, 1024> events_;
  std::array<char, 4096> buffer_;
};

}  // namespace

int main(int argc, char** argv) {
  loopback::Load load;
  for (int option; (option = getopt(argc, argv, "a:H:P:")) != -1;) {
    if (!load.take(option, optarg)) return 2;
  }
  std::vector<Port> ports;
  for (; optind < argc; ++optind) ports.push_back(port_of(argv[optind]));
  load.total = load.hosts * static_cast<std::uint32_t>(ports.size());
  loopback::prepare();
  const double begun = loopback::now();
  return loopback::report(Grab(load, std::move(ports)).run(), load.total, begun);
}
