// SPDX-License-Identifier: Apache-2.0
// Common functions of the servers and bare clients of the benchmarks. All sockets stay on the loopback device.
#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace loopback {

[[noreturn]] inline void die(const char* what) {
  std::fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, std::strerror(errno));
  std::exit(1);
}

/// Returns the whole number in `text`. Ends the program if the text is no number, or if it is out of bounds.
inline long number(const char* text, long least, long most) {
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (end == text || *end != '\0' || value < least || value > most) {
    std::fprintf(stderr, "%s: \"%s\" is not a number from %ld to %ld\n", program_invocation_short_name, text, least,
                 most);
    std::exit(2);
  }
  return value;
}

/// Returns the time of a monotonic clock, in seconds.
inline double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Raises the limit of descriptors to its maximum, and ignores SIGPIPE.
inline void prepare() {
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

inline void watch(int epoll, int descriptor, std::uint32_t events, std::uint32_t data) {
  epoll_event event{};
  event.events = events;
  event.data.u32 = data;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0) die("cannot watch a descriptor");
}

/// Listens on a port of all addresses that are reached through the device. Returns the descriptor.
inline int listen_on(std::uint16_t port, const char* device = "lo") {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, device, static_cast<socklen_t>(std::strlen(device))) < 0)
    die("cannot keep to the device");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) die("cannot bind");
  if (listen(listener, 65535) < 0) die("cannot listen");
  return listener;
}

/// Starts a connect to an IPv4 address. Returns the descriptor; -1 if the connect has failed.
inline int start_connect(std::uint32_t host, std::uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(host);
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 && errno != EINPROGRESS) {
    close(descriptor);
    return -1;
  }
  return descriptor;
}

/// Options of a bare client: it does `total` exchanges, at most `limit` at a time, with all hosts on the first port,
/// then on the next one.
struct Load {
  std::uint32_t first_host = INADDR_LOOPBACK;
  std::uint32_t hosts = 1;
  std::uint16_t first_port = 9000;
  std::uint16_t ports = 1;
  std::uint32_t total = 1000;
  std::uint32_t limit = 50;

  [[nodiscard]] std::uint32_t host(std::uint32_t exchange) const { return first_host + exchange % hosts; }
  [[nodiscard]] std::uint16_t port(std::uint32_t exchange) const {
    return static_cast<std::uint16_t>(first_port + exchange / hosts % ports);
  }
  /// Sets one of the options -a 127.x.x.x, -H HOSTS, -p PORT, -n PORTS, -t TOTAL and -P LIMIT. Returns false for other
  /// options.
  bool take(int option, const char* text);
  static constexpr const char* kOptions = "a:H:p:n:t:P:";
};

inline bool Load::take(int option, const char* text) {
  unsigned part[4];
  switch (option) {
    case 'a':
      if (std::sscanf(text, "127.%u.%u.%u", &part[1], &part[2], &part[3]) != 3 || part[1] > 255 || part[2] > 255 ||
          part[3] > 255) {
        return false;
      }
      first_host = 127U << 24 | part[1] << 16 | part[2] << 8 | part[3];
      return true;
    case 'H':
      hosts = static_cast<std::uint32_t>(number(text, 1, 1 << 16));
      return true;
    case 'p':
      first_port = static_cast<std::uint16_t>(number(text, 1, 65535));
      return true;
    case 'n':
      ports = static_cast<std::uint16_t>(number(text, 1, 65535));
      return true;
    case 't':
      total = static_cast<std::uint32_t>(number(text, 1, 1'000'000));
      return true;
    case 'P':
      limit = static_cast<std::uint32_t>(number(text, 1, 100'000));
      return true;
    default:
      return false;
  }
}

/// Prints the number of exchanges, the wall time and the CPU time of this process. Returns the exit code.
inline int report(std::uint32_t done, std::uint32_t total, double begun) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  std::printf("done %u of %u wall %.6f user %.6f sys %.6f\n", done, total, now() - begun, seconds(used.ru_utime),
              seconds(used.ru_stime));
  return done == total ? 0 : 1;
}

}  // namespace loopback
