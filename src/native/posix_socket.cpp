// SPDX-License-Identifier: Apache-2.0
#include "native/posix_socket.hpp"

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace sluice::net {

SocketAddress::SocketAddress(const Endpoint& endpoint) {
  const auto& raw = endpoint.address.raw();
  if (endpoint.address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    std::memcpy(&in.sin_addr, raw.data(), 4);
    std::memcpy(&storage_, &in, size_ = sizeof in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(endpoint.port);
    in.sin6_scope_id = endpoint.address.scope();
    std::memcpy(&in.sin6_addr, raw.data(), 16);
    std::memcpy(&storage_, &in, size_ = sizeof in);
  }
}

std::optional<Endpoint> SocketAddress::endpoint() const {
  return endpoint(reinterpret_cast<const sockaddr*>(&storage_));
}

std::optional<Endpoint> SocketAddress::endpoint(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof in);
    return Endpoint{Address::v4(ntohl(in.sin_addr.s_addr)), ntohs(in.sin_port)};
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, address, sizeof in);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return Endpoint{Address::v6(bytes, in.sin6_scope_id), ntohs(in.sin6_port)};
  }
  return std::nullopt;
}

std::optional<Endpoint> local_end(int descriptor) {
  SocketAddress name;
  if (::getsockname(descriptor, name.get(), &name.size()) != 0) return std::nullopt;
  auto end = name.endpoint();
  return end && end->port != 0 ? end : std::nullopt;
}

bool is_own_peer(int descriptor, const std::optional<Endpoint>& local, const Endpoint& remote) {
  if (!local || local->port != remote.port) return false;
  SocketAddress peer;  // not `remote`, which may mean another address: 0.0.0.0 means loopback
  return ::getpeername(descriptor, peer.get(), &peer.size()) == 0 && local == peer.endpoint();
}

std::size_t path_payload(int descriptor, Family family) {
  const bool v4 = family == Family::Inet;
  const int most = v4 ? 1400 : 1280, headers = (v4 ? 20 : 40) + 8;
  int known = most;
  socklen_t size = sizeof known;
  ::getsockopt(descriptor, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_MTU : IPV6_MTU, &known, &size);
  constexpr int kMin = 256;  // DTLS needs as much; larger records are sent in IP fragments then
  return static_cast<std::size_t>(std::max(kMin, std::min(known, most) - headers));
}

Opened open_socket(Family family, const Start& start) {
  const int domain = family == Family::Inet ? AF_INET : AF_INET6;
  const int descriptor = ::socket(domain, start.type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return {-1, errno};
  const int on = 1;
  const auto set = [&](int level, int option) { ::setsockopt(descriptor, level, option, &on, sizeof on); };
  if (start.type == SOCK_DGRAM) set(SOL_SOCKET, SO_BROADCAST);
  if (start.report_icmp_errors && domain == AF_INET) set(IPPROTO_IP, IP_RECVERR);
  if (start.report_icmp_errors && domain == AF_INET6) set(IPPROTO_IPV6, IPV6_RECVERR);
  if (!start.device.empty())
    ::setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, start.device.data(),
                 static_cast<socklen_t>(start.device.size()));
  if (start.ttl && domain == AF_INET) ::setsockopt(descriptor, IPPROTO_IP, IP_TTL, &*start.ttl, sizeof *start.ttl);
  if (start.ttl && domain == AF_INET6)
    ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &*start.ttl, sizeof *start.ttl);
  constexpr linger kAtOnce{.l_onoff = 1, .l_linger = 0};
  if (start.reset) ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &kAtOnce, sizeof kAtOnce);
  if (!start.local) return {descriptor, 0};
  set(SOL_SOCKET, SO_REUSEADDR);
  if (start.connecting && start.local->port == 0) set(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  SocketAddress name(*start.local);
  if (::bind(descriptor, name.get(), name.size()) == 0) return {descriptor, 0};
  const int failure = errno;
  if (start.local_is_optional && !lacks_resources(failure)) return {.descriptor = descriptor, .unbound = failure};
  ::close(descriptor);
  return {-1, failure};
}

int ask_connect(int descriptor, SocketAddress& remote) {
  // By the function of the C library, which a library in LD_PRELOAD may replace (proxychains).
  const int failure = ::connect(descriptor, remote.get(), remote.size()) == 0 ? 0 : errno;
  if (failure == EISCONN) return 0;
  return failure == EALREADY || failure == EINTR ? EINPROGRESS : failure;
}

int answer_of_connect(int descriptor, const Endpoint& remote) {
  int failure = 0;
  socklen_t size = sizeof failure;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) failure = errno;
  if (failure) return failure;
  SocketAddress name(remote);
  return ask_connect(descriptor, name);
}

namespace {

core::Refusal refusal_of(const sock_extended_err& error) {
  using core::Refusal;
  if (error.ee_origin == SO_EE_ORIGIN_ICMP && error.ee_type == ICMP_DEST_UNREACH) {
    switch (error.ee_code) {
      case ICMP_NET_UNREACH:
      case ICMP_NET_UNKNOWN:
      case ICMP_NET_UNR_TOS:
        return Refusal::Net;
      case ICMP_HOST_UNREACH:
      case ICMP_HOST_UNKNOWN:
      case ICMP_HOST_ISOLATED:
      case ICMP_HOST_UNR_TOS:
        return Refusal::Host;
      case ICMP_PROT_UNREACH:
        return Refusal::Protocol;
      case ICMP_PORT_UNREACH:
        return Refusal::Port;
      case ICMP_NET_ANO:
        return Refusal::NetProhibited;
      case ICMP_HOST_ANO:
        return Refusal::HostProhibited;
      case ICMP_PKT_FILTERED:
      case ICMP_PREC_VIOLATION:
      case ICMP_PREC_CUTOFF:
        return Refusal::AdminProhibited;
      default:
        return Refusal::None;
    }
  }
  if (error.ee_origin != SO_EE_ORIGIN_ICMP6 || error.ee_type != ICMP6_DST_UNREACH) return Refusal::None;
  constexpr std::uint8_t kSourceFailedPolicy = 5, kRejectRoute = 6;  // RFC 4443, 3.1
  switch (error.ee_code) {
    case ICMP6_DST_UNREACH_NOROUTE:
      return Refusal::NoRoute;
    case ICMP6_DST_UNREACH_ADMIN:
    case kSourceFailedPolicy:
      return Refusal::AdminProhibited;
    case ICMP6_DST_UNREACH_ADDR:
      return Refusal::Host;
    case ICMP6_DST_UNREACH_NOPORT:
      return Refusal::Port;
    case kRejectRoute:
      return Refusal::RejectRoute;
    default:
      return Refusal::None;
  }
}

}  // namespace

core::Refusal take_refusal(int descriptor) {
  alignas(cmsghdr) std::array<char, 512> control;
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(descriptor, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return core::Refusal::None;
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
    const bool v4 = each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_RECVERR;
    const bool v6 = each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_RECVERR;
    if (!v4 && !v6) continue;
    sock_extended_err error;
    std::memcpy(&error, CMSG_DATA(each), sizeof error);
    return refusal_of(error);
  }
  return core::Refusal::None;
}

bool lacks_resources(int error) {
  // ENOSPC comes from epoll: the user watches too many descriptors.
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM || error == ENOSPC;
}

namespace {

bool names_port(const Start& start) { return start.local && start.local->port != 0; }

/// True if UDP, which has its own ports, can connect the same two addresses.
bool lacks_ports(const Endpoint& remote, Start start) {
  if (start.local) start.local->port = 0;
  start.type = SOCK_DGRAM;
  const Opened udp = open_socket(remote.address.family(), start);
  if (udp.error) return false;
  SocketAddress name(remote);
  const bool possible = ::connect(udp.descriptor, name.get(), name.size()) == 0;
  ::close(udp.descriptor);
  return possible;
}

}  // namespace

bool lacks_resources(int error, const Endpoint& remote, const Start& start) {
  if (lacks_resources(error) || error == EAGAIN) return true;
  return error == EADDRNOTAVAIL && !names_port(start) && lacks_ports(remote, start);
}

bool probe_lacks_resources(int error, const Endpoint& remote, const Start& start) {
  if (!names_port(start)) return lacks_resources(error, remote, start);
  if (lacks_resources(error) || error == EAGAIN) return true;
  return (error == EADDRINUSE || error == EADDRNOTAVAIL) && lacks_ports(remote, start);
}

namespace {

Step failed(int error, Step::Kind blocked) {
  if (error == EAGAIN) return {.kind = blocked};
  return {.kind = lacks_resources(error) ? Step::Kind::Lacking : Step::Kind::Failed, .error = error};
}

/// Repeats a call that a signal has interrupted.
template <class Call>
ssize_t persist(Call call) {
  ssize_t result;
  do result = call();
  while (result < 0 && errno == EINTR);
  return result;
}

/// Suppresses SIGPIPE of this thread during its lifetime, whatever the disposition of the process: a write to a pipe
/// without a reader then only fails with EPIPE.
class NoSigpipe {
 public:
  NoSigpipe() noexcept {
    sigset_t pending;
    ::sigpending(&pending);
    if (::sigismember(&pending, SIGPIPE)) return;  // is blocked already and must stay pending
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    active_ = ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_) == 0;
  }
  ~NoSigpipe() {
    if (!active_) return;
    const int error = errno;
    constexpr timespec kAtOnce{};
    while (::sigtimedwait(&pipe_, nullptr, &kAtOnce) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t pipe_, before_;
  bool active_ = false;
};

}  // namespace

Step read_stream(int descriptor, char* into, std::size_t size) {
  const ssize_t got = persist([&] { return ::recv(descriptor, into, size, 0); });
  if (got < 0) return failed(errno, Step::Kind::WouldRead);
  if (got == 0) return {.kind = Step::Kind::End};
  const auto bytes = static_cast<std::size_t>(got);
  return {.bytes = bytes, .drained = bytes < size};
}

Step write_stream(int descriptor, std::string_view data) {
  const ssize_t sent = persist([&] { return ::send(descriptor, data.data(), data.size(), MSG_NOSIGNAL); });
  if (sent < 0) return failed(errno, Step::Kind::WouldWrite);
  return {.bytes = static_cast<std::size_t>(sent)};
}

namespace {

/// True for a FIFO that has had no writer since it was opened. A read of 0 bytes is not its end then.
bool awaits_writer(int descriptor) noexcept {
  pollfd readable{descriptor, POLLIN, 0};
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode) && ::poll(&readable, 1, 0) == 0;
}

}  // namespace

Step read_pipe(int descriptor, char* into, std::size_t size) {
  const ssize_t got = persist([&] { return ::read(descriptor, into, size); });
  if (got < 0) return failed(errno, Step::Kind::WouldRead);
  if (got == 0 && awaits_writer(descriptor)) return {.kind = Step::Kind::WouldRead};
  if (got == 0) return {.kind = Step::Kind::End};
  return {.bytes = static_cast<std::size_t>(got)};
}

Step write_pipe(int descriptor, std::string_view data) {
  const NoSigpipe quiet;
  const ssize_t sent = persist([&] { return ::write(descriptor, data.data(), data.size()); });
  if (sent < 0) return failed(errno, Step::Kind::WouldWrite);
  return {.bytes = static_cast<std::size_t>(sent)};
}

Step read_datagram(int descriptor, char* into, std::size_t size) {
  const ssize_t got = persist([&] { return ::recv(descriptor, into, size, 0); });
  if (got < 0) return failed(errno, Step::Kind::WouldRead);
  return {.bytes = static_cast<std::size_t>(got), .drained = true};
}

Step write_datagram(int descriptor, std::string_view data, const Endpoint* to) {
  SocketAddress name = to ? SocketAddress(*to) : SocketAddress();
  const ssize_t sent = persist([&] {
    return to ? ::sendto(descriptor, data.data(), data.size(), MSG_NOSIGNAL, name.get(), name.size())
              : ::send(descriptor, data.data(), data.size(), MSG_NOSIGNAL);
  });
  if (sent >= 0) return {.bytes = static_cast<std::size_t>(sent)};
  const int failure = errno;
  // The system could not give the socket a local port. The socket counts as writable nevertheless.
  if (failure == EAGAIN && !local_end(descriptor)) return {.kind = Step::Kind::Lacking, .error = failure};
  return failed(failure, Step::Kind::WouldWrite);
}

}  // namespace sluice::net
