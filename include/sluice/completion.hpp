// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <sluice/export.hpp>
#include <span>
#include <string>
#include <vector>

namespace sluice {

/// A text that the last word of a command line may become.
struct Candidate {
  std::string text;         ///< the whole word
  std::string description;  ///< one line; may be empty
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// How a shell may complete the last word of a command line.
struct Completion {
  enum class Paths : std::uint8_t { None, Files, Directories };
  std::vector<Candidate> candidates;  ///< in the order of their texts, without the others
  Paths paths = Paths::None;          ///< paths that the shell has to offer, too
  std::string prefix;                 ///< the part of the word in front of a path, such as "--journal="
  bool continues = false;             ///< the word may go on behind a candidate, so that no space follows
};

/// What a completion reads. The functions are called only if their results are needed. An absent one gives nothing.
struct CompletionSources {
  std::function<std::vector<Candidate>()> runs;  ///< runs of the history, and their names
  bool read_environment = false;                 ///< NMAPDIR and XDG_CACHE_HOME name directories of data files
  /// Profiles of the settings files. `config`: the value of --config in front of the cursor; empty: the usual files.
  std::function<std::vector<Candidate>(const std::optional<std::string>& config)> profiles{};
};

/// Completes a command line. `words`: the words behind the name of the program up to the cursor, without quotes; the
/// last one is completed, and may be empty. Reads script.db for names and categories of scripts, and the files of
/// chosen scripts for names of arguments. Runs no script. Words in front of the last one that are no options are
/// ignored.
SLUICE_EXPORT Completion complete(std::span<const std::string> words, const CompletionSources& sources);

}  // namespace sluice
