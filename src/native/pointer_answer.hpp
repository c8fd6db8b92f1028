// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::net {

/// Returns the name of an address from a DNS message (RFC 1035) that answers a question for PTR. It is the first PTR
/// record of the requested name, or of the name to which its CNAME records lead. Letters, digits and "+-.:=_~" of the
/// name are kept, and every other byte becomes "*" (docs/nse-compat.md, "Targets, ports and host discovery"). Returns
/// nothing if there is no such record or the message is malformed.
std::optional<std::string> first_pointer(std::string_view message);

}  // namespace sluice::net
