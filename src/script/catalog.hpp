// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "script/rule.hpp"

namespace sluice::script {

/// Parses the text of script.db: a sequence of `Entry { filename = "x.nse", categories = { "a", "b", } }`. Nmap runs
/// this file as Lua code. This function accepts only the form above, with Lua's comments and strings. Returns the
/// entries in the order of the file.
/// Errors: the text has another form. The message names the line and the remedy (`--script-updatedb`).
Result<std::vector<Entry>> parse_script_database(std::string_view text);

/// Returns the text of script.db: one line per script, sorted by file name. Categories are in lower case and sorted;
/// repeated ones are removed.
std::string script_database_text(std::vector<Entry> entries);

}  // namespace sluice::script
