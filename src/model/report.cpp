// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <sluice/report.hpp>

namespace sluice {

namespace {

constexpr std::array<std::string_view, 3> kProtocols{"tcp", "udp", "sctp"};
constexpr std::array<std::string_view, 7> kPortStates{"open",          "closed",          "filtered", "unfiltered",
                                                      "open|filtered", "closed|filtered", "unknown"};
constexpr std::array<std::string_view, 24> kReasons{"",
                                                    "user-set",
                                                    "localhost-response",
                                                    "syn-ack",
                                                    "conn-refused",
                                                    "no-response",
                                                    "reset",
                                                    "host-unreach",
                                                    "net-unreach",
                                                    "admin-prohibited",
                                                    "port-unreach",
                                                    "udp-response",
                                                    "script-set",
                                                    "net-prohibited",
                                                    "host-prohibited",
                                                    "proto-unreach",
                                                    "no-route",
                                                    "reject-route",
                                                    "unknown-response",
                                                    "echo-reply",
                                                    "timestamp-reply",
                                                    "arp-response",
                                                    "nd-response",
                                                    "not-sent"};
static_assert(kReasons[static_cast<std::size_t>(Reason::NotSent)] == "not-sent");
static_assert(kPortStates[static_cast<std::size_t>(PortState::Unknown)] == "unknown");
static_assert(kProtocols[static_cast<std::size_t>(Protocol::Sctp)] == "sctp");

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_text(Protocol protocol) { return kProtocols[static_cast<std::size_t>(protocol)]; }
std::string_view to_text(PortState state) { return kPortStates[static_cast<std::size_t>(state)]; }
std::string_view to_text(Reason reason) { return kReasons[static_cast<std::size_t>(reason)]; }
std::optional<Protocol> parse_protocol(std::string_view text) { return find<Protocol>(kProtocols, text); }
std::optional<PortState> parse_port_state(std::string_view text) { return find<PortState>(kPortStates, text); }
std::optional<Reason> parse_reason(std::string_view text) { return find<Reason>(kReasons, text); }

std::string_view status_text(const HostReport& host) {
  if (host.up) return "up";
  return host.listed_only || host.reason == Reason::NotSent ? "unknown" : "down";
}

std::string mac_text(std::string_view mac) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const unsigned char byte : mac) {
    if (!text.empty()) text += ':';
    (text += kDigits[byte >> 4]) += kDigits[byte & 15];
  }
  return text;
}

std::string display_name(const HostReport& host) {
  const std::string& name = host.target_name.empty() ? host.reverse_name : host.target_name;
  std::string address = host.address.text();
  return name.empty() ? address : name + " (" + address + ")";
}

}  // namespace sluice
