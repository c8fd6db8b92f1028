// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/address.hpp>
#include <string_view>
#include <vector>

namespace sluice::net {

/// Returns the name servers in a text in the format of resolv.conf(5), each once, in the order of their lines. As under
/// Nmap, their number has no limit, and a line may list several, separated by commas (docs/nse-compat.md, "Calls of the
/// `nmap` library"). Skips words that are not addresses.
std::vector<Address> parse_resolv_conf(std::string_view text);

/// Returns the name servers of /etc/resolv.conf; empty if it cannot be read. Reads the file synchronously. Thread-safe.
std::vector<Address> system_name_servers();

}  // namespace sluice::net
