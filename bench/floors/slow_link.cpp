// SPDX-License-Identifier: Apache-2.0
// Simulates a network behind a slow link. Creates a network device `link` with the address 10.77.0.1/16. For each
// packet that is sent to it, the program exchanges the source and the destination address, and returns the packet after
// half of the round-trip time, or drops it. So this machine is both the client and the server at every other address of
// the network. The program must run in its own network namespace, with the right to create devices.
//
//   slow_link [-d MILLISECONDS] [-l PER_MILLE] [-q FIRST-LAST]
//     -d  round-trip time (20)
//     -l  packets of 1000 that are lost, at random (0)
//     -q  TCP and UDP ports to which all packets are dropped, as by a firewall
//
// Prints "ready" when the device is up. Ends when its standard input ends.

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <deque>
#include <random>
#include <string>
#include <string_view>

#include "loopback.hpp"

namespace {

constexpr const char *kDevice = "link", *kAddress = "10.77.0.1", *kMask = "255.255.0.0";
constexpr int kQueue = 20000;  ///< packets; large, because a scan sends in bursts

struct Options {
  double delay = 0.010;  ///< seconds, in one direction
  long lost = 0;         ///< packets of 1000
  long first_quiet = 0, last_quiet = -1;
};

[[noreturn]] void usage() {
  std::fputs("usage: slow_link [-d MILLISECONDS] [-l PER_MILLE] [-q FIRST-LAST]\n", stderr);
  std::exit(2);
}

Options options_of(int argc, char** argv) {
  Options options;
  for (int option; (option = getopt(argc, argv, "d:l:q:")) != -1;) {
    switch (option) {
      case 'd':
        options.delay = static_cast<double>(loopback::number(optarg, 0, 10000)) / 2000;
        break;
      case 'l':
        options.lost = loopback::number(optarg, 0, 1000);
        break;
      case 'q':
        if (char more; std::sscanf(optarg, "%ld-%ld%c", &options.first_quiet, &options.last_quiet, &more) != 2) usage();
        break;
      default:
        usage();
    }
  }
  if (optind != argc) usage();
  return options;
}

void configure(ifreq& request, unsigned long what, const char* address) {
  const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (address) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    inet_pton(AF_INET, address, &in.sin_addr);
    std::memcpy(&request.ifr_addr, &in, sizeof in);
  }
  if (ioctl(any, what, &request) < 0) loopback::die("cannot set up the device");
  close(any);
}

/// True if no other network device is up, so that the route to the device `link` conflicts with no route of the
/// machine.
bool is_alone() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) < 0) return false;
  bool alone = true;
  for (const ifaddrs* each = first; each; each = each->ifa_next)
    alone = alone && (!(each->ifa_flags & IFF_UP) || (each->ifa_flags & IFF_LOOPBACK));
  freeifaddrs(first);
  return alone;
}

/// Creates the device. Returns its descriptor; each read or write transfers one packet.
int open_device() {
  const int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device < 0) loopback::die("/dev/net/tun");
  ifreq request{};
  std::strcpy(request.ifr_name, kDevice);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl(device, TUNSETIFF, &request) < 0) loopback::die("cannot make a device");
  configure(request, SIOCSIFADDR, kAddress);
  configure(request, SIOCSIFNETMASK, kMask);
  request.ifr_qlen = kQueue;
  configure(request, SIOCSIFTXQLEN, nullptr);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  configure(request, SIOCSIFFLAGS, nullptr);
  return device;
}

class Link {
 public:
  explicit Link(const Options& options) : options_(options), device_(open_device()) {}

  /// Forwards packets until the standard input ends.
  void run() {
    std::array<pollfd, 2> watched{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{device_, POLLIN, 0}};
    while (true) {
      const timespec left = time_left();
      if (ppoll(watched.data(), watched.size(), on_the_way_.empty() ? nullptr : &left, nullptr) < 0 && errno != EINTR)
        loopback::die("cannot wait");
      if (watched[0].revents && read(STDIN_FILENO, buffer_.data(), buffer_.size()) <= 0) return;
      take_in();
      deliver();
    }
  }

 private:
  struct Packet {
    double due;
    std::string bytes;
  };

  [[nodiscard]] timespec time_left() const {
    const double left = on_the_way_.empty() ? 0 : std::max(0.0, on_the_way_.front().due - loopback::now());
    return {static_cast<time_t>(left),
            static_cast<long>((left - static_cast<double>(static_cast<time_t>(left))) * 1e9)};
  }

  void take_in() {
    const double due = loopback::now() + options_.delay;
    ssize_t size;
    while ((size = read(device_, buffer_.data(), buffer_.size())) > 0)
      if (turn_round(static_cast<std::size_t>(size)))
        on_the_way_.push_back({due, std::string(buffer_.data(), static_cast<std::size_t>(size))});
  }

  /// Exchanges the addresses of the packet in the buffer. Returns false if the packet is lost or dropped. Checksums
  /// remain valid, because they do not depend on the order of the addresses.
  bool turn_round(std::size_t size) {
    ip header;
    if (size < sizeof header) return false;
    std::memcpy(&header, buffer_.data(), sizeof header);
    const std::size_t length = header.ip_hl * std::size_t{4};
    if (header.ip_v != 4 || size < length + 4) return false;
    std::uint16_t port;
    std::memcpy(&port, buffer_.data() + length + 2, sizeof port);
    port = ntohs(port);
    const bool has_port = header.ip_p == IPPROTO_TCP || header.ip_p == IPPROTO_UDP;
    if (has_port && port >= options_.first_quiet && port <= options_.last_quiet) return false;
    if (static_cast<long>(random_() % 1000) < options_.lost) return false;
    std::swap(header.ip_src, header.ip_dst);
    std::memcpy(buffer_.data(), &header, sizeof header);
    return true;
  }

  void deliver() {
    for (const double now = loopback::now(); !on_the_way_.empty() && on_the_way_.front().due <= now;
         on_the_way_.pop_front())
      static_cast<void>(!write(device_, on_the_way_.front().bytes.data(), on_the_way_.front().bytes.size()));
  }

  Options options_;
  int device_;
  std::deque<Packet> on_the_way_;  ///< by due time: all delays are equal
  std::mt19937 random_;
  std::array<char, 65536> buffer_;
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = options_of(argc, argv);
  if (!is_alone()) {
    std::fputs("slow_link: needs a network namespace of its own (unshare -n)\n", stderr);
    return 1;
  }
  Link link(options);
  std::puts("ready");
  std::fflush(stdout);
  link.run();
}
