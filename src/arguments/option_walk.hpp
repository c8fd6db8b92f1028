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

/// How an option is spelled. Names of one letter are short options; a short option's optional value is attached.
struct Spelling {
  std::string_view name;  ///< without dashes
  Takes takes = Takes::Nothing;
  bool abbreviable = true;  ///< may be cut short as long as only one abbreviable name fits; Nmap's are, ours are not
};

/// One option as it was met.
struct Found {
  std::size_t index = 0;  ///< into the spellings
  std::string spelled;    ///< "--max-retries", "-T": how to name it to the user
  std::string value;      ///< "" if it takes none, or an optional one was left out
};

/// Returns the index of the short option with this letter; nothing if there is none.
std::optional<std::size_t> find_short_option(std::span<const Spelling> spellings, char letter);

/// Returns the index of the long option that `name` (without dashes) names, in full or abbreviated; nothing if none
/// begins so. The error, for an ambiguous abbreviation, names it by `spelled`.
Result<std::optional<std::size_t>> find_long_option(std::span<const Spelling> spellings, std::string_view name,
                                                    const std::string& spelled);

/// The error for an option that does not exist, with the closest one.
Error unknown_option(std::span<const Spelling> spellings, std::string_view name, const std::string& spelled);

/// Reads a command line (without the program's name) by the rules of getopt_long_only(3): long options with one dash or
/// two, "=value" or the next argument, unambiguous abbreviations; clusters of short options; options and operands in
/// any order until "--". Calls `found` for each option in order, and returns the operands. Stops at the first error,
/// its own or one of `found`.
Result<std::vector<std::string>> walk_options(std::span<const std::string> arguments,
                                              std::span<const Spelling> spellings,
                                              const std::function<Result<void>(const Found&)>& found);

}  // namespace sluice::arguments
