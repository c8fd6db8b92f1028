// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "engine/script_files.hpp"
#include "model/data_files.hpp"
#include "nse/runtime/runtime.hpp"
#include "script/catalog.hpp"

namespace sluice::engine {

/// Receives one line for each script that is left out; the line names the script.
using Warn = std::function<void(std::string line)>;

/// Returns the entries of script.db; nothing if there is no such file.
/// Errors: as for script_database().
std::optional<Result<std::vector<script::Entry>>> stored_script_database(const model::DataFiles& files);

/// Returns the names of the scripts (*.nse) in a directory, sorted.
std::vector<std::string> script_files_in(const std::string& directory, const model::DataFiles& files);

/// Returns the entries of script.db. Without this file, loads all scripts of the scripts directory and returns their
/// entries. Without that directory, returns no entries.
/// Errors: the file cannot be read, or is broken; the message names the remedy (`--script-updatedb`).
Result<std::vector<script::Entry>> script_database(const model::DataFiles& files, nse::Runtime& runtime,
                                                   const Warn& warn);

/// Writes script.db for the scripts directory (`--script-updatedb`). If that directory is read-only, the file goes into
/// the cache of the user. Leaves out scripts that cannot be loaded. Returns the path of the file.
/// Errors: there is no scripts directory, or the file cannot be written.
Result<std::string> update_script_database(const model::DataFiles& files, nse::Runtime& runtime, const Warn& warn);

}  // namespace sluice::engine
