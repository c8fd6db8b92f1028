// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <sluice/script_catalog.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// Width of a text that is wrapped. The number of columns, or 0: lines have no limit.
using Width = std::size_t;

/// Returns the text with each of its lines broken at blanks and indented. A word that is too long has a line of its
/// own.
std::string wrapped(std::string_view text, std::size_t indentation, Width width);

/// Returns a list of scripts: name, first sentence, categories. Without a limit of the width, a line for each script.
std::string list_text(const std::vector<ScriptPage>& scripts, Width width);

/// Returns all that is known about a script.
std::string page_text(const ScriptPage& script, Width width);

/// Returns the scripts as a JSON array (docs/scripts.md, "JSON").
std::string json_text(const std::vector<ScriptPage>& scripts);

}  // namespace sluice::cli
