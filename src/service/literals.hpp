#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::service {

/// Returns byte strings that every match of a pattern contains, each of them, in the order of the pattern.
/// Sound, not complete: it returns none for a pattern with anything that it does not fully understand, and leaves out
/// what is optional, alternative or looked ahead to. `ignore_case` patterns have none.
std::vector<std::string> required_literals(std::string_view pattern, bool ignore_case);

}  // namespace sluice::service
