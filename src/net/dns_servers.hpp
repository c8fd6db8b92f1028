// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/address.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

namespace sluice::net {

/// Parses the values of `--dns-servers`: addresses, optionally with a port ("192.0.2.1:5353", "[2001:db8::1]:5353").
/// Without one, the port is 0. Errors: a text is not an address; the message names it.
Result<std::vector<Endpoint>> parse_dns_servers(const std::vector<std::string>& texts);

}  // namespace sluice::net
