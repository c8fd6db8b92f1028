#pragma once

#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "script/rule.hpp"

namespace sluice::script {

/// Reads script.db (scheduler.md 4.5), a sequence of `Entry { filename = "x.nse", categories = { "a", "b", } }`. It is
/// data here and never run: only that shape, with Lua's comments and strings, is understood. The error tells the line
/// and how to make the file anew.
Result<std::vector<Entry>> parse_script_database(std::string_view text);

/// The text of script.db: one line per script sorted by file name, its categories in lower case, sorted, each once.
std::string script_database_text(std::vector<Entry> entries);

}  // namespace sluice::script
