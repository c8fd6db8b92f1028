// SPDX-License-Identifier: Apache-2.0
#include "native/ping_packets.hpp"

#include <array>
#include <cassert>

namespace sluice::net {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMacSize = 6;
// Types and codes of ICMP (RFC 792) and ICMPv6 (RFC 4443, RFC 4861).
constexpr unsigned kEchoReply = 0, kUnreachable = 3, kEcho = 8, kTimestamp = 13, kTimestampReply = 14;
constexpr unsigned kProtocolUnreachable = 2, kPortUnreachable = 3;
constexpr unsigned kUnreachable6 = 1, kEcho6 = 128, kEchoReply6 = 129, kSolicit = 135, kAdvert = 136;
constexpr unsigned kPortUnreachable6 = 4;
constexpr unsigned kIcmp = 1, kIcmp6 = 58;  // IP protocol numbers
constexpr std::size_t kErrorHeader = 8;

void append16(std::string& bytes, unsigned number) {
  bytes += static_cast<char>(number >> 8);
  bytes += static_cast<char>(number);
}

/// Returns 0 beyond the end.
unsigned byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
}
std::uint16_t word_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

/// Returns the Internet checksum (RFC 1071).
unsigned checksum_of(std::string_view bytes) {
  unsigned sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 2) sum += word_at(bytes, at);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

/// Returns the address at an offset of a packet; empty if the packet is too short.
std::optional<Address> address_at(std::string_view packet, std::size_t at, std::size_t size) {
  if (packet.size() < at + size) return std::nullopt;
  return Address::from_bytes(packet.substr(at, size));
}

std::optional<PingAnswer> echo_or_timestamp(Ping ping, std::string_view message, const Address& sender) {
  return PingAnswer{ping, without_scope(sender), word_at(message, 4), word_at(message, 6)};
}

/// Returns the request that an ICMP error quotes; empty if the sender of the error is not the target of the request.
std::optional<PingAnswer> refused_request(std::string_view packet, core::Refusal refusal, const Address& sender) {
  const bool v4 = sender.is_v4();
  const std::size_t header = v4 ? (byte_at(packet, 0) & 15) * 4 : 40;
  const auto destination = v4 ? address_at(packet, 16, 4) : address_at(packet, 24, 16);
  if (byte_at(packet, v4 ? 9 : 6) != (v4 ? kIcmp : kIcmp6) || destination != without_scope(sender)) return std::nullopt;
  if (packet.size() < header + 8) return std::nullopt;
  const std::string_view message = packet.substr(header);
  const unsigned type = byte_at(message, 0);
  if (type != kTimestamp && type != (v4 ? kEcho : kEcho6)) return std::nullopt;
  auto request = echo_or_timestamp(type == kTimestamp ? Ping::Timestamp : Ping::Echo, message, sender);
  request->refusal = refusal;
  return request;
}

std::optional<PingAnswer> read_icmp4(std::string_view message, const Address& sender) {
  const unsigned code = byte_at(message, 1);
  switch (byte_at(message, 0)) {
    case kEchoReply:
      return echo_or_timestamp(Ping::Echo, message, sender);
    case kTimestampReply:
      return echo_or_timestamp(Ping::Timestamp, message, sender);
    case kUnreachable:
      if (code != kProtocolUnreachable && code != kPortUnreachable) return std::nullopt;
      return refused_request(message.substr(kErrorHeader),
                             code == kPortUnreachable ? core::Refusal::Port : core::Refusal::Protocol, sender);
    default:
      return std::nullopt;
  }
}

std::optional<PingAnswer> read_advertisement(std::string_view message) {
  constexpr std::size_t kTarget = 8, kOptions = 24;
  constexpr unsigned kTargetLinkAddress = 2, kUnit = 8;
  const auto target = address_at(message, kTarget, 16);
  if (!target) return std::nullopt;
  PingAnswer answer{Ping::Neighbour, *target};
  for (std::size_t at = kOptions; at + kUnit <= message.size();) {
    if (byte_at(message, at) == kTargetLinkAddress) answer.mac = message.substr(at + 2, kMacSize);
    const std::size_t size = byte_at(message, at + 1) * kUnit;
    if (size == 0) return std::nullopt;  // RFC 4861, 4.6: to be discarded
    at += size;
  }
  return answer;
}

std::optional<PingAnswer> read_icmp6(std::string_view message, const Address& sender) {
  switch (byte_at(message, 0)) {
    case kEchoReply6:
      return echo_or_timestamp(Ping::Echo, message, sender);
    case kAdvert:
      return read_advertisement(message);
    case kUnreachable6:
      if (byte_at(message, 1) != kPortUnreachable6) return std::nullopt;
      return refused_request(message.substr(kErrorHeader), core::Refusal::Port, sender);
    default:
      return std::nullopt;
  }
}

}  // namespace

Address without_scope(const Address& address) { return address.is_v4() ? address : Address::v6(address.raw()); }

std::string icmp_request(Ping ping, Family family, std::uint16_t id, std::uint16_t sequence) {
  assert(ping == Ping::Echo || (ping == Ping::Timestamp && family == Family::Inet));
  constexpr std::size_t kTimes = 12, kChecksum = 2;
  std::string bytes;
  bytes += static_cast<char>(ping == Ping::Timestamp ? kTimestamp : family == Family::Inet ? kEcho : kEcho6);
  bytes.append(3, '\0');
  append16(bytes, id);
  append16(bytes, sequence);
  if (ping == Ping::Timestamp) bytes.append(kTimes, '\0');
  if (family == Family::Inet) {
    std::string checksum;
    append16(checksum, checksum_of(bytes));
    bytes.replace(kChecksum, 2, checksum);
  }
  return bytes;
}

std::string arp_request(std::string_view mac, const Address& source, const Address& target) {
  // Ethernet and IPv4, with addresses of 6 and 4 bytes; a request.
  std::string bytes("\0\1\x08\0\6\4\0\1"sv);
  bytes.append(mac).append(source.bytes()).append(kMacSize, '\0').append(target.bytes());
  return bytes;
}

std::string neighbour_solicitation(std::string_view mac, const Address& target) {
  std::string bytes(1, static_cast<char>(kSolicit));
  bytes.append(7, '\0').append(target.bytes());
  return bytes.append("\1\1"sv).append(mac);  // the option of the source's link address, of one unit
}

Address solicited_node_group(const Address& target, std::uint32_t link) {
  std::array<std::uint8_t, 16> bytes{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
  for (std::size_t at = 13; at < bytes.size(); ++at) bytes[at] = target.raw()[at];
  return Address::v6(bytes, link);
}

std::optional<PingAnswer> read_icmp(std::string_view message, const Address& sender) {
  if (message.size() < kErrorHeader) return std::nullopt;
  return sender.is_v4() ? read_icmp4(message, sender) : read_icmp6(message, sender);
}

std::optional<PingAnswer> read_arp(std::string_view packet) {
  constexpr std::string_view kReply = "\0\1\x08\0\6\4\0\2"sv;
  constexpr std::size_t kSender = 14;
  const auto target = address_at(packet, kSender, 4);
  if (!packet.starts_with(kReply) || !target) return std::nullopt;
  PingAnswer answer{Ping::Neighbour, *target};
  answer.mac = packet.substr(kReply.size(), kMacSize);
  return answer;
}

}  // namespace sluice::net
