// SPDX-License-Identifier: Apache-2.0
// The server that the benchmarks connect to. It listens on all addresses of the loopback device (127.0.0.0/8) and on no
// other device. It does as little work as possible, so that measurements show the cost of the clients.
//
//   banner_server [-p PORT] [-n PORTS] [-d MILLISECONDS] [-m MODE] [-i DEVICE]
//   -d  delay before the first line that the server sends on a connection (0)
//   -m  banner  sends one line on each new connection (default)
//       echo    does the same, and sends back all bytes that it receives
//       silent  sends nothing
//       http    answers each request with one page; answers other data with "400 Bad Request" and closes
//       ssh     sends the first line of an SSH server
//       odd     answers the first data with a line that matches no known service, and closes
//   -i  listens on the addresses of this device instead of the loopback device
//
// Except as noted, the server keeps a connection open until the client closes it. It prints "ready" when it listens,
// and ends when its standard input ends.

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "loopback.hpp"

namespace {

enum class Mode : unsigned char { Banner, Echo, Silent, Http, Ssh, Odd };

constexpr std::string_view kBanner = "220 sluice bench ready\r\n";
constexpr std::string_view kSsh = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n";
constexpr std::string_view kOdd = "The sluice is open.\r\n";
constexpr std::string_view kPage =
    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Type: text/html\r\nContent-Length: 94\r\n\r\n"
    "<!doctype html><html><head><title>The sluice is open</title></head><body>Water flows.</body>\r\n";
constexpr std::string_view kBadRequest =
    "HTTP/1.1 400 Bad Request\r\nServer: nginx/1.22.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

struct Options {
  std::uint16_t port = 9000;
  std::uint16_t ports = 1;
  double delay = 0;  ///< seconds
  Mode mode = Mode::Banner;
  const char* device = "lo";
};

[[noreturn]] void usage() {
  std::fputs(
      "usage: banner_server [-p PORT] [-n PORTS] [-d MILLISECONDS] [-m banner|echo|silent|http|ssh|odd] [-i DEVICE]\n",
      stderr);
  std::exit(2);
}

Mode mode_of(std::string_view name) {
  if (name == "banner") return Mode::Banner;
  if (name == "echo") return Mode::Echo;
  if (name == "silent") return Mode::Silent;
  if (name == "http") return Mode::Http;
  if (name == "ssh") return Mode::Ssh;
  if (name == "odd") return Mode::Odd;
  usage();
}

Options options_of(int argc, char** argv) {
  Options options;
  for (int option; (option = getopt(argc, argv, "p:n:d:m:i:")) != -1;) {
    switch (option) {
      case 'p':
        options.port = static_cast<std::uint16_t>(loopback::number(optarg, 1, 65535));
        break;
      case 'n':
        options.ports = static_cast<std::uint16_t>(loopback::number(optarg, 1, 10000));
        break;
      case 'd':
        options.delay = static_cast<double>(loopback::number(optarg, 0, 60000)) / 1000;
        break;
      case 'm':
        options.mode = mode_of(optarg);
        break;
      case 'i':
        options.device = optarg;
        break;
      default:
        usage();
    }
  }
  if (optind != argc || options.port + options.ports > 65536) usage();
  return options;
}

class Server {
 public:
  explicit Server(const Options& options) : options_(options) {
    for (int i = 0; i < options.ports; ++i) {
      last_listener_ = loopback::listen_on(static_cast<std::uint16_t>(options.port + i), options.device);
      watch(last_listener_);
    }
    watch(STDIN_FILENO);
  }

  /// Serves until the standard input ends.
  void run() {
    std::array<epoll_event, 256> events;
    while (true) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds_left());
      for (int i = 0; i < ready; ++i) {
        const int descriptor = static_cast<int>(events[static_cast<std::size_t>(i)].data.u32);
        if (descriptor > last_listener_) {
          serve(descriptor);
        } else if (descriptor != STDIN_FILENO) {
          accept_all(descriptor);
        } else if (read(STDIN_FILENO, buffer_.data(), buffer_.size()) <= 0) {
          return;
        }
      }
      greet_due();
    }
  }

 private:
  struct Due {
    double at;
    int connection;
    unsigned generation;
  };

  void watch(int descriptor) { loopback::watch(epoll_, descriptor, EPOLLIN, static_cast<std::uint32_t>(descriptor)); }

  [[nodiscard]] int milliseconds_left() const {
    if (due_.empty()) return -1;
    return static_cast<int>(std::ceil(std::max(0.0, due_.front().at - loopback::now()) * 1000));
  }

  void accept_all(int listener) {
    int connection;
    while ((connection = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      watch(connection);
      if (static_cast<std::size_t>(connection) >= generations_.size()) generations_.resize(2 * connection + 64);
      if (options_.delay > 0) {
        due_.push_back({loopback::now() + options_.delay, connection, generations_[connection]});
      } else {
        greet(connection);
      }
    }
    if (errno != EAGAIN && errno != ECONNABORTED) loopback::die("cannot accept");
  }

  /// Sends the first line. The send buffer of a new connection has room for it. A client that has closed is noticed by
  /// serve().
  void greet(int connection) {
    if (options_.mode == Mode::Banner || options_.mode == Mode::Echo) send_all(connection, kBanner);
    if (options_.mode == Mode::Ssh) send_all(connection, kSsh);
  }

  /// Greets the connections whose delay has passed. All delays are equal, so `due_` is in the order of the connects.
  void greet_due() {
    for (; !due_.empty() && due_.front().at <= loopback::now(); due_.pop_front()) {
      const Due& due = due_.front();
      if (generations_[due.connection] == due.generation) greet(due.connection);
    }
  }

  void serve(int connection) {
    const ssize_t got = read(connection, buffer_.data(), buffer_.size());
    if (got > 0) {
      const std::string_view data(buffer_.data(), static_cast<std::size_t>(got));
      if (options_.mode == Mode::Echo) send_all(connection, data);
      if (options_.mode == Mode::Http) answer(connection, data);
      if (options_.mode == Mode::Odd) send_last(connection, kOdd);
    } else if (got == 0 || errno != EAGAIN) {
      ++generations_[connection];
      close(connection);
    }
  }

  /// Answers a request, which must arrive in one piece.
  static void answer(int connection, std::string_view request) {
    if (request.starts_with("GET ") || request.starts_with("HEAD ")) {
      send_all(connection, kPage);
    } else {
      send_last(connection, kBadRequest);
    }
  }

  static void send_last(int connection, std::string_view data) {
    send_all(connection, data);
    shutdown(connection, SHUT_WR);
  }

  static void send_all(int connection, std::string_view data) {
    static_cast<void>(send(connection, data.data(), data.size(), MSG_NOSIGNAL));
  }

  Options options_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int last_listener_ = -1;
  std::deque<Due> due_;
  std::vector<unsigned> generations_;  ///< by descriptor; distinguishes a connection from earlier ones
  std::array<char, 4096> buffer_;
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = options_of(argc, argv);
  loopback::prepare();
  Server server(options);
  std::puts("ready");
  std::fflush(stdout);
  server.run();
}
