// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::arguments {

/// Turns a JSON document (docs/embedding.md) into the arguments of the command line that means the same, the name of
/// the program excluded. Only the form of the document and the names of options are checked; the reading of the
/// arguments checks the rest.
Result<std::vector<std::string>> arguments_from_json(std::string_view document);

}  // namespace sluice::arguments
