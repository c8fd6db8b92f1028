#pragma once

#include <sluice/address.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

namespace sluice::net {

/// Reads `--dns-servers`: addresses, each perhaps with a port ("192.0.2.1:5353", "[2001:db8::1]:5353"; port 0 without
/// one). The error names the one that is none.
Result<std::vector<Endpoint>> parse_dns_servers(const std::vector<std::string>& texts);

}  // namespace sluice::net
