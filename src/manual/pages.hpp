// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::manual {

/// Returns the names of the manual pages of section 1: "sluice", "sluice-show", ...
std::vector<std::string> page_names();

/// Returns a manual page in mdoc(7). `date`: seconds since 1970; the page has its day in UTC. Errors: there is no page
/// with this name.
Result<std::string> page(std::string_view name, std::time_t date);

}  // namespace sluice::manual
