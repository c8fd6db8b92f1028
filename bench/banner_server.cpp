// What the benchmarks connect to: sends one line to everyone who comes, at once, and keeps the connection open until
// the other side closes it. As cheap as can be, so that the clients are what is measured.
//
//   banner_server [PORT]   listens on 127.0.0.1 (default: any free port), prints the port when it does, and ends when
//                          its standard input does.

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr std::string_view kBanner = "220 sluice bench ready\r\n";

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "banner_server: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

void watch(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0) die("cannot watch a descriptor");
}

/// Listens on 127.0.0.1 and prints the port.
int listen_on(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, length) < 0 || listen(listener, SOMAXCONN) < 0) die("cannot listen");
  getsockname(listener, generic, &length);
  std::printf("%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
  std::fflush(stdout);
  return listener;
}

void greet_all(int epoll, int listener) {
  int connection;
  while ((connection = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    // A new connection's buffer has room for a line; who is gone already is noticed when reading.
    static_cast<void>(send(connection, kBanner.data(), kBanner.size(), MSG_NOSIGNAL));
    watch(epoll, connection);
  }
  if (errno != EAGAIN && errno != ECONNABORTED) die("cannot accept");
}

/// Swallows what came; false: the other side closed.
bool still_open(int connection) {
  std::array<char, 4096> rubbish;
  const ssize_t got = read(connection, rubbish.data(), rubbish.size());
  return got > 0 || (got < 0 && errno == EAGAIN);
}

}  // namespace

int main(int argc, char** argv) {
  const long port = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 0;
  if (argc > 2 || port < 0 || port > 65535) {
    std::fprintf(stderr, "usage: banner_server [PORT]\n");
    return 2;
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int listener = listen_on(static_cast<std::uint16_t>(port));
  watch(epoll, listener);
  watch(epoll, STDIN_FILENO);
  std::array<epoll_event, 256> events;
  while (true) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listener) {
        greet_all(epoll, listener);
      } else if (!still_open(descriptor)) {
        if (descriptor == STDIN_FILENO) return 0;
        close(descriptor);
      }
    }
  }
}
