// SPDX-License-Identifier: Apache-2.0
#include "native/ping_sockets.hpp"

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "native/posix_socket.hpp"

namespace sluice::net {

namespace {

constexpr int kReceiveBuffer = 1 << 20;

template <class T>
void set(int descriptor, int level, int option, const T& value) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

/// Makes the kernel drop messages that answer no ping, so that they do not wake the loop.
void filter(int descriptor, Family family) {
  if (family == Family::Inet) {
    constexpr auto passes = [](unsigned type) { return 1u << type; };
    const icmp_filter wanted{~(passes(ICMP_ECHOREPLY) | passes(ICMP_TIMESTAMPREPLY) | passes(ICMP_DEST_UNREACH))};
    set(descriptor, SOL_RAW, ICMP_FILTER, wanted);
    return;
  }
  icmp6_filter wanted;
  ICMP6_FILTER_SETBLOCKALL(&wanted);
  for (const int type : {ICMP6_ECHO_REPLY, ICMP6_DST_UNREACH, ND_NEIGHBOR_ADVERT}) ICMP6_FILTER_SETPASS(type, &wanted);
  set(descriptor, IPPROTO_ICMPV6, ICMP6_FILTER, wanted);
}

/// A message of sendmsg(2) or recvmsg(2) with a buffer for control messages.
struct Message {
  explicit Message(std::string_view bytes) : data{const_cast<char*>(bytes.data()), bytes.size()} {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
  }
  template <class T>
  void add(int level, int type, const T& value) {
    auto* const at = reinterpret_cast<cmsghdr*>(control.data() + header.msg_controllen);
    at->cmsg_level = level;
    at->cmsg_type = type;
    at->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(at), &value, sizeof value);
    header.msg_controllen += CMSG_SPACE(sizeof value);
  }
  iovec data;
  alignas(cmsghdr) std::array<char, 256> control{};
  msghdr header{};
};

void add_way(Message& out, const IcmpMessage& message) {
  if (!message.source && message.link == 0) return;
  if (message.to.is_v4()) {
    in_pktinfo info{};
    info.ipi_ifindex = static_cast<int>(message.link);
    if (message.source) std::memcpy(&info.ipi_spec_dst, message.source->raw().data(), sizeof info.ipi_spec_dst);
    out.add(IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    info.ipi6_ifindex = message.link;
    if (message.source) std::memcpy(&info.ipi6_addr, message.source->raw().data(), sizeof info.ipi6_addr);
    out.add(IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

int ttl_of(msghdr& header) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each; each = CMSG_NXTHDR(&header, each)) {
    const bool v4 = each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_TTL;
    const bool v6 = each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_HOPLIMIT;
    int ttl = 0;
    if (v4 || v6) std::memcpy(&ttl, CMSG_DATA(each), sizeof ttl);
    if (ttl > 0) return ttl;
  }
  return 0;
}

/// Removes the IP header, which raw IPv4 sockets receive, too.
std::string_view without_ip_header(std::string_view packet) {
  const bool has_header = !packet.empty() && (static_cast<unsigned char>(packet[0]) >> 4) == 4;
  const std::size_t header = has_header ? (static_cast<unsigned char>(packet[0]) & 15u) * 4 : 0;
  return packet.substr(std::min(header, packet.size()));
}

bool can_open(const PingSocket& opened) {
  if (opened.descriptor >= 0) ::close(opened.descriptor);
  return opened.descriptor >= 0;
}

}  // namespace

PingSocket open_icmp(Family family, const PingerOptions& options) {
  const bool v4 = family == Family::Inet;
  const int domain = v4 ? AF_INET : AF_INET6, protocol = v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  PingSocket opened;
  const auto open = [&](int type) {
    opened.descriptor = ::socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    opened.error = opened.descriptor < 0 ? errno : 0;
    opened.raw = type == SOCK_RAW;
  };
  if (options.raw) open(SOCK_RAW);
  if (!options.raw || opened.error == EPERM || opened.error == EACCES) open(SOCK_DGRAM);
  if (opened.error) return opened;
  const int descriptor = opened.descriptor;
  if (opened.raw) filter(descriptor, family);
  set(descriptor, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  set(descriptor, SOL_SOCKET, SO_SNDBUF, kReceiveBuffer);
  set(descriptor, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1);
  if (options.ttl) set(descriptor, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TTL : IPV6_UNICAST_HOPS, *options.ttl);
  if (!options.device.empty())
    ::setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, options.device.data(),
                 static_cast<socklen_t>(options.device.size()));
  return opened;
}

PingSocket open_arp() {
  PingSocket opened;
  opened.descriptor = ::socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ARP));
  opened.error = opened.descriptor < 0 ? errno : 0;
  opened.raw = true;
  return opened;
}

PingRights find_ping_rights(Family family, bool raw) {
  const PingSocket icmp = open_icmp(family, {.raw = raw});
  PingRights rights;
  rights.echo = can_open(icmp);
  const bool may_be_raw = rights.echo && icmp.raw;
  rights.timestamp = may_be_raw && family == Family::Inet;
  rights.neighbour = raw && (family == Family::Inet ? can_open(open_arp()) : may_be_raw);
  return rights;
}

int send_icmp(int descriptor, const IcmpMessage& message) {
  Message out(message.bytes);
  SocketAddress to({message.to, 0});
  out.header.msg_name = to.get();
  out.header.msg_namelen = to.size();
  add_way(out, message);
  if (message.hops) out.add(IPPROTO_IPV6, IPV6_HOPLIMIT, *message.hops);
  if (out.header.msg_controllen == 0) out.header.msg_control = nullptr;
  return ::sendmsg(descriptor, &out.header, MSG_NOSIGNAL) < 0 ? errno : 0;
}

int send_arp(int descriptor, unsigned link, std::string_view packet) {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(ETH_P_ARP);
  to.sll_ifindex = static_cast<int>(link);
  to.sll_halen = ETH_ALEN;
  std::memset(to.sll_addr, 0xff, ETH_ALEN);
  const auto* name = reinterpret_cast<const sockaddr*>(&to);
  return ::sendto(descriptor, packet.data(), packet.size(), MSG_NOSIGNAL, name, sizeof to) < 0 ? errno : 0;
}

std::optional<PingReceived> receive_ping(int descriptor, std::string& buffer) {
  Message in(buffer);
  SocketAddress from;
  in.header.msg_name = from.get();
  in.header.msg_namelen = from.size();
  in.header.msg_controllen = in.control.size();
  ssize_t size = 0;
  do size = ::recvmsg(descriptor, &in.header, 0);
  while (size < 0 && errno == EINTR);
  if (size < 0) return std::nullopt;
  PingReceived received{std::string_view(buffer).substr(0, static_cast<std::size_t>(size)), {}, ttl_of(in.header)};
  if (const auto end = from.endpoint()) {
    received.sender = end->address;
    if (end->address.is_v4()) received.bytes = without_ip_header(received.bytes);
  }
  return received;
}

}  // namespace sluice::net
