// SPDX-License-Identifier: Apache-2.0
#include "model/known_place.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "model/host_name.hpp"

namespace sluice::model {

namespace {

constexpr std::size_t kMaxQuoted = 60;     ///< bytes of an input line in an error
constexpr std::size_t kLongestName = 253;  ///< bytes of a DNS name

}  // namespace

Error wrong_part(std::string_view text, const char* what) { return Error{in_quotes(text, kMaxQuoted) + ' ' + what}; }

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_number<std::uint16_t>(text);
  return port && *port != 0 ? port : std::nullopt;
}

bool is_hostname(std::string_view text) {
  const auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
  };
  const auto telling = [](char c) { return !is_digit(c) && c != '.'; };
  return !text.empty() && text.size() <= kLongestName && text.front() != '-' && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), allowed) && std::any_of(text.begin(), text.end(), telling);
}

Result<void> parse_port_and_protocol(std::string_view text, KnownPort& known) {
  const std::string_view number = text.substr(0, text.find('/'));
  const auto port = parse_port(number);
  if (!port) return wrong_part(number, "is not a port between 1 and 65535");
  known.port = *port;
  if (number.size() == text.size()) return {};
  const std::string_view name = text.substr(number.size() + 1);
  const auto protocol = parse_protocol(to_lower(name));
  if (!protocol) return wrong_part(name, "is not a protocol (tcp, udp or sctp)");
  known.protocol = *protocol;
  return {};
}

Result<void> parse_hostname(std::string_view text, KnownPort& known) {
  auto name = ascii_name(text);
  if (!name) return name.error();
  known.hostname = std::move(*name);
  return {};
}

Result<void> parse_host(std::string_view text, KnownPort& known) {
  known.address = Address::parse(text);
  if (known.address) return {};
  if (!is_hostname(text)) return wrong_part(text, "is neither an address nor a host name");
  return parse_hostname(text, known);
}

Result<void> parse_place(std::string_view text, KnownPort& known) {
  std::string_view host, port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    host = text.substr(1, close == std::string_view::npos ? close : close - 1);
    const auto address = Address::parse(host);
    if (close == std::string_view::npos || !address || address->is_v4())
      return wrong_part(text, "has no IPv6 address in its brackets");
    port = text.substr(close + 1);
    if (!port.starts_with(':')) return wrong_part(text, "has no ':' and port behind its brackets");
    port.remove_prefix(1);
  } else {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return wrong_part(text, "has no port (address:port is needed)");
    if (text.find(':', colon + 1) != std::string_view::npos)
      return wrong_part(text, "is ambiguous: put the IPv6 address in brackets, as in [::1]:443");
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (auto read = parse_host(host, known); !read) return read;
  return parse_port_and_protocol(port, known);
}

}  // namespace sluice::model
