// SPDX-License-Identifier: Apache-2.0
#include "net/dns_servers.hpp"

#include <charconv>
#include <sluice/quote.hpp>

namespace sluice::net {

namespace {

std::optional<Endpoint> parse_server(std::string_view text) {
  if (const auto bare = Address::parse(text)) return Endpoint{*bare, 0};
  const bool brackets = text.starts_with('[');
  const std::size_t end = brackets ? text.find(']') : text.find(':');
  if (end == text.npos) return std::nullopt;
  std::string_view rest = text.substr(brackets ? end + 1 : end);
  const auto address = Address::parse(text.substr(brackets, end - brackets));
  if (!address || address->is_v4() == brackets) return std::nullopt;
  Endpoint server{*address, 0};
  if (rest.empty()) return server;
  if (rest.front() != ':') return std::nullopt;
  rest.remove_prefix(1);
  const auto [stop, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), server.port);
  if (failure != std::errc() || stop != rest.data() + rest.size() || server.port == 0) return std::nullopt;
  return server;
}

}  // namespace

Result<std::vector<Endpoint>> parse_dns_servers(const std::vector<std::string>& texts) {
  std::vector<Endpoint> servers;
  for (const std::string& text : texts) {
    const auto server = parse_server(text);
    if (!server) return Error{in_quotes(text) + " is not the address of a DNS server"};
    servers.push_back(*server);
  }
  return servers;
}

}  // namespace sluice::net
