// SPDX-License-Identifier: Apache-2.0
// The functions of NativeNetwork that open raw IP sockets, Ethernet sockets and captures.
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "native/native_network.hpp"

namespace sluice::net {

namespace {

Error failure(int error) {
  return Error{std::generic_category().message(error) + " (errno " + std::to_string(error) + ")"};
}

}  // namespace

Result<SocketId> NativeNetwork::open_raw_ip(Family family) {
  // A socket of this protocol sends packets with their headers, and receives none.
  const int domain = family == Family::Inet ? AF_INET : AF_INET6;
  const int descriptor = ::socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);
  if (descriptor < 0) return failure(errno);
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
  if (!device_.empty())
    ::setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, device_.data(), static_cast<socklen_t>(device_.size()));
  return adopt(Transport::RawIp, descriptor);
}

Result<SocketId> NativeNetwork::open_ethernet(const std::string& device) {
  // With the protocol 0 it receives no frames.
  const int descriptor = ::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return failure(errno);
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_ifindex = static_cast<int>(if_nametoindex(device.c_str()));
  const auto* name = reinterpret_cast<const sockaddr*>(&where);
  if (where.sll_ifindex == 0 || ::bind(descriptor, name, sizeof where) != 0) {
    const int error = errno;
    ::close(descriptor);
    return failure(error);
  }
  return adopt(Transport::Ethernet, descriptor);
}

Result<SocketId> NativeNetwork::open_capture(const CaptureRequest& request) {
  auto tap = PcapTap::open(request);
  if (!tap) return tap.error();
  const SocketId id = adopt(Transport::Capture, (*tap)->descriptor());
  sockets_.at(id).tap = std::move(*tap);
  return id;
}

void NativeNetwork::close_tap(Socket& socket) noexcept {
  if (!socket.tap) return;
  socket.descriptor.release();
  socket.tap.reset();
}

}  // namespace sluice::net
