#pragma once

#include <sluice/address.hpp>
#include <string_view>
#include <vector>

namespace sluice::net {

/// Returns the name servers that a decoded text of the form of resolv.conf(5) lists, each once, in the order of their
/// lines. Like Nmap, it sets no limit to their number, and takes addresses separated by commas. Skips what is no
/// address.
std::vector<Address> parse_resolv_conf(std::string_view text);

/// Returns the name servers of /etc/resolv.conf; none if that cannot be read. Blocks as reading a small file does.
std::vector<Address> system_name_servers();

}  // namespace sluice::net
