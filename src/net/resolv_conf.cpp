// SPDX-License-Identifier: Apache-2.0
#include "net/resolv_conf.hpp"

#include <arpa/inet.h>
#include <resolv.h>

#include <algorithm>
#include <optional>
#include <string>

#include "base/text_file.hpp"

namespace sluice::net {

namespace {

constexpr std::string_view kBlank = " \t\v\f";

/// Removes and returns the next part of `rest` up to one of `separators`; empty at the end.
std::string_view next_part(std::string_view& rest, std::string_view separators) {
  rest.remove_prefix(std::min(rest.find_first_not_of(separators), rest.size()));
  const std::string_view part = rest.substr(0, rest.find_first_of(separators));
  rest.remove_prefix(part.size());
  return part;
}

/// Parses an address. Accepts the short forms of IPv4 ("127.1"), as the C library does.
std::optional<Address> parse_server(const std::string& text) {
  if (const auto address = Address::parse(text)) return address;
  in_addr short_form{};
  if (::inet_aton(text.c_str(), &short_form) == 0) return std::nullopt;
  return Address::v4(ntohl(short_form.s_addr));
}

}  // namespace

std::vector<Address> parse_resolv_conf(std::string_view text) {
  std::vector<Address> servers;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find_first_of("#;"));
    if (next_part(line, kBlank) != "nameserver") continue;
    std::string_view listed = next_part(line, kBlank);
    for (std::string_view each; !(each = next_part(listed, ",")).empty();) {
      const auto server = parse_server(std::string(each));
      if (server && std::find(servers.begin(), servers.end(), *server) == servers.end()) servers.push_back(*server);
    }
  }
  return servers;
}

std::vector<Address> system_name_servers() {
  const Result<std::string> text = read_text_file(_PATH_RESCONF);
  return text ? parse_resolv_conf(*text) : std::vector<Address>{};
}

}  // namespace sluice::net
