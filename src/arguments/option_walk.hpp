// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <sluice/result.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::arguments {

enum class Takes : std::uint8_t { Nothing, Value, OptionalValue };

/// The spelling of an option. A name of one letter is a short option. The optional value of a short option must be
/// attached.
struct Spelling {
  std::string_view name;  ///< without dashes
  Takes takes = Takes::Nothing;
  /// True for Nmap's options: may be abbreviated if only one abbreviable name begins so. False for those of sluice.
  bool abbreviable = true;
};

/// One occurrence of an option.
struct Found {
  std::size_t index = 0;     ///< of its spelling
  std::string spelled;       ///< its name for messages: "--max-retries", "-T"
  std::string value;         ///< "" if it has none
  std::size_t argument = 0;  ///< index of the argument that has the value, at its end
};

/// Returns the index of the short option with this letter; nothing if there is none.
std::optional<std::size_t> find_short_option(std::span<const Spelling> spellings, char letter);

/// Returns the index of the long option with this name or abbreviation; nothing if no name begins so. `name` has no
/// dashes. Errors: `name` is an ambiguous abbreviation; the message begins with `spelled`.
Result<std::optional<std::size_t>> find_long_option(std::span<const Spelling> spellings, std::string_view name,
                                                    const std::string& spelled);

/// Returns the error for an option that does not exist. The message begins with `spelled`, and suggests the closest
/// name.
Error unknown_option(std::span<const Spelling> spellings, std::string_view name, const std::string& spelled);

/// Reads the arguments of a command line, without the name of the program, by the rules of getopt_long_only(3). Long
/// options have one dash or two, may be abbreviated, and have their value behind "=" or in the next argument. Short
/// options may be clustered. Options and operands may have any order until "--".
/// Calls `found` for each option in order. Returns the operands. Errors: the first error of the syntax or of `found`.
Result<std::vector<std::string>> walk_options(std::span<const std::string> arguments,
                                              std::span<const Spelling> spellings,
                                              const std::function<Result<void>(const Found&)>& found);

}  // namespace sluice::arguments
