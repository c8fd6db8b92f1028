#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::net {

/// Returns the name that an address has by a DNS message (RFC 1035) that answers a question for PTR: the first record
/// of the name asked for, or of the one that its CNAME records lead to. Letters, digits and "+-.:=_~" are kept, every
/// other byte becomes "*" (docs/nse-compat.md). Nothing if there is none or the message is damaged.
std::optional<std::string> first_pointer(std::string_view message);

}  // namespace sluice::net
