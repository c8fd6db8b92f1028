// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <sluice/result.hpp>
#include <string_view>

#include "model/known_port.hpp"

// Parsers of the parts that the formats of --targets-from share. They store their result in `known`. Errors quote the
// part that is wrong. Thread-safe.

namespace sluice::model {

/// Returns the error "'TEXT' WHAT". The text is shortened.
Error wrong_part(std::string_view text, const char* what);
/// Parses a port from 1 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);
/// True if `text` has only letters, digits, "-", "_", "." and bytes from 0x80, and not only digits and dots:
/// "1.2.3.400" is taken for a mistyped address.
bool is_hostname(std::string_view text);
/// Parses a host name and stores its ASCII form.
Result<void> parse_hostname(std::string_view text, KnownPort& known);
/// Parses "80" or "80/tcp".
Result<void> parse_port_and_protocol(std::string_view text, KnownPort& known);
/// Parses "1.2.3.4", "::1" without brackets, or a host name.
Result<void> parse_host(std::string_view text, KnownPort& known);
/// Parses "host:port[/protocol]".
Result<void> parse_place(std::string_view text, KnownPort& known);

/// Parses "https://host:8443/path". The scheme determines the service, TLS and the default port.
Result<void> parse_url(std::string_view url, KnownPort& known);
/// Parses a JSON object of masscan or naabu. REQUIRES: the nesting depth is bounded, as JsonObjects does.
Result<std::vector<KnownPort>> parse_json_ports(std::string_view text);

}  // namespace sluice::model
