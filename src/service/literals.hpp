// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::service {

/// Returns byte strings, in the order of the pattern, that are all contained in each match of the pattern. The result
/// may be incomplete. Optional parts, alternatives and look-aheads give no strings. A pattern with syntax that this
/// function does not fully know, or with `ignore_case`, gives none.
std::vector<std::string> required_literals(std::string_view pattern, bool ignore_case);

}  // namespace sluice::service
