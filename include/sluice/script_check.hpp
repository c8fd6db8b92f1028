// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <sluice/export.hpp>
#include <sluice/result.hpp>
#include <sluice/script_catalog.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A mistake in a script.
struct ScriptFinding {
  enum class Severity : std::uint8_t {
    Warning,  ///< the script can run, but probably not as its author or its user expects
    Error,    ///< the script cannot be loaded, or fails when it reaches the line
  };
  std::string path;
  std::size_t line = 1;  ///< counted from 1; 1 for something that is missing
  Severity severity = Severity::Warning;
  std::string text;   ///< one line, no full stop
  std::string check;  ///< the stable name of the check: "global", "argument", ... (docs/write-scripts.md)
};

/// Returns "warning" or "error".
SLUICE_EXPORT std::string_view to_text(ScriptFinding::Severity severity);

/// Finds mistakes in scripts (docs/write-scripts.md, "Check a script"). `paths`: files, and directories whose scripts
/// (*.nse) are checked. `places`: for the libraries and scripts that a script names. Compiles each script and reads its
/// text; executes nothing of it. Returns the findings by file, in the order of `paths`, and by line.
/// Errors: a file cannot be read; a directory has no scripts; the data directory is not a directory. Thread-safe.
SLUICE_EXPORT Result<std::vector<ScriptFinding>> check_scripts(const std::vector<std::string>& paths,
                                                               const ScriptPlaces& places = {});

}  // namespace sluice
