#pragma once

#include <functional>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "engine/script_files.hpp"
#include "model/data_files.hpp"
#include "nse/runtime/runtime.hpp"
#include "script/catalog.hpp"

namespace sluice::engine {

/// Hears of each script that is left out, in one line that names it.
using Warn = std::function<void(std::string line)>;

/// What script.db says; where there is none, what the scripts of the scripts directory say. Without a scripts directory
/// there are no entries. The error tells how to make a broken database anew.
Result<std::vector<script::Entry>> script_database(const model::DataFiles& files, nse::Runtime& runtime,
                                                   const Warn& warn);

/// --script-updatedb: makes script.db of the scripts directory anew, beside the scripts or, if they are read-only, in
/// the user's own cache. Returns its path. A script that cannot be loaded is left out.
Result<std::string> update_script_database(const model::DataFiles& files, nse::Runtime& runtime, const Warn& warn);

}  // namespace sluice::engine
