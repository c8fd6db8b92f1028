#pragma once

#include <cstdint>
#include <optional>
#include <sluice/result.hpp>
#include <string_view>

#include "model/known_port.hpp"

// The parts of a line of --targets-from that its forms share. Errors name the part that is wrong.

namespace sluice::model {

Error wrong_part(std::string_view text, const char* what);
/// 1 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);
/// Letters, digits, "-", "_" and "." with a letter among them: "1.2.3.400" is a mistyped address, not a name.
bool is_hostname(std::string_view text);
/// A name into the port, in ASCII.
Result<void> parse_hostname(std::string_view text, KnownPort& known);
/// "80" or "80/tcp" into the port.
Result<void> parse_port_and_protocol(std::string_view text, KnownPort& known);
/// "1.2.3.4", "::1" without brackets, or a name.
Result<void> parse_host(std::string_view text, KnownPort& known);
/// "host:port[/protocol]".
Result<void> parse_place(std::string_view text, KnownPort& known);

/// "https://host:8443/path": service, TLS and the usual port by the scheme.
Result<void> parse_url(std::string_view url, KnownPort& known);
/// A JSON object as masscan and naabu write it. REQUIRES: brackets are nested at most some hundred times (JsonObjects).
Result<std::vector<KnownPort>> parse_json_ports(std::string_view text);

}  // namespace sluice::model
