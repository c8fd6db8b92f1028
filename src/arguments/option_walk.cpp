// SPDX-License-Identifier: Apache-2.0
#include "arguments/option_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sluice/quote.hpp>
#include <sluice/spelling.hpp>
#include <sluice/typography.hpp>

namespace sluice::arguments {

namespace {

/// Returns the option that was meant if `argument` has typographic characters in front of or within the name of an
/// option; otherwise nothing. Each typographic dash becomes "-", and a wide one, which word processors make of two
/// dashes, "--".
std::optional<std::string> option_meant_by(const std::string& argument) {
  const std::string_view name = std::string_view(argument).substr(0, argument.find('='));
  if (!find_typographic(name)) return std::nullopt;
  std::string_view rest = argument;
  std::string dashes;
  std::string soft_hyphens;  // most programs do not show them: they count only without other dashes
  while (!rest.empty()) {
    const auto found = find_typographic(rest);
    const bool typographic = found && found->begin == 0;
    if (!typographic && rest.front() != '-') break;
    const bool soft = typographic && found->name.starts_with("a soft hyphen");
    const bool dash = !soft && (!typographic || found->meant == "-");
    const bool wide =
        typographic && (found->name.starts_with("an em dash") || found->name.starts_with("a horizontal bar"));
    if (dash) dashes += wide ? "--" : "-";
    // Quotes and spaces in front of the dash were meant for the shell.
    if (!dash && !soft && !dashes.empty()) break;
    soft_hyphens += soft ? "-" : "";
    rest.remove_prefix(typographic ? found->size : 1);
  }
  if (dashes.empty()) dashes = std::move(soft_hyphens);
  if (dashes.empty() || rest.empty()) return std::nullopt;
  std::string meant = without_typography(rest);
  meant.erase(meant.find_last_not_of("\"' ") + 1);
  if (meant.empty()) return std::nullopt;
  return (dashes.size() > 1 ? "--" : "-") + meant;
}

class Walk {
 public:
  Walk(std::span<const std::string> arguments, std::span<const Spelling> spellings,
       const std::function<Result<void>(const Found&)>& found)
      : arguments_(arguments), spellings_(spellings), found_(found) {}

  Result<std::vector<std::string>> run() {
    std::vector<std::string> operands;
    while (next_ < arguments_.size()) {
      const std::string& argument = arguments_[next_++];
      if (const auto meant = option_meant_by(argument)) return misspelt(argument, *meant);
      if (argument == "--") {
        operands.insert(operands.end(), arguments_.begin() + static_cast<std::ptrdiff_t>(next_), arguments_.end());
        break;
      }
      if (argument.size() < 2 || argument[0] != '-') {
        operands.push_back(argument);
        continue;
      }
      if (auto done = option(argument); !done) return done.error();
    }
    return operands;
  }

 private:
  /// Returns the error for an option with typographic characters.
  [[nodiscard]] Error misspelt(const std::string& argument, const std::string& meant) const {
    const std::string name = meant.substr(0, meant.find('='));
    const std::string_view bare = std::string_view(name).substr(name.find_first_not_of('-'));
    const auto match = find_long_option(spellings_, bare, name);
    const bool is_long = match && *match && spellings_[**match].name.size() > 2;
    const std::string spelled = is_long ? fmt::format("--{}", spellings_[**match].name) : name;
    return Error{fmt::format("{}: has {} instead of ASCII characters; type {} again", shortened(argument),
                             find_typographic(argument)->name, spelled)};
  }

  /// Passes an option on, unless its value begins with a typographic quotation mark or space.
  Result<void> take(Found& found) {
    found.argument = next_ - 1;
    if (const auto first = find_typographic(found.value); first && first->begin == 0 && first->meant != "-")
      return Error{fmt::format("{}: the value begins with {}; type the value again", found.spelled, first->name)};
    return found_(found);
  }

  Result<void> option(const std::string& argument) {
    const bool two_dashes = argument[1] == '-';
    const std::string_view body = std::string_view(argument).substr(two_dashes ? 2 : 1);
    // A single letter after one dash is a short option, even if long options begin with it.
    if (!two_dashes && body.size() == 1 && find_short_option(spellings_, body[0])) return cluster(body);

    const std::string_view name = body.substr(0, body.find('='));
    const std::string spelled = argument.substr(0, argument.size() - body.size()) + std::string(name);
    auto match = find_long_option(spellings_, name, spelled);
    if (!match) return match.error();
    if (*match) return take_long(**match, name.size() < body.size(), body, spelled);
    if (!two_dashes && find_short_option(spellings_, body[0])) return cluster(body);
    return unknown_option(spellings_, name, spelled);
  }

  Result<void> take_long(std::size_t index, bool has_value, std::string_view body, const std::string& spelled) {
    const Spelling& spelling = spellings_[index];
    // Messages have the full name, so that they show how an abbreviation was read.
    Found found{index, spelled.substr(0, spelled.find_first_not_of('-')) + std::string(spelling.name), {}};
    if (has_value) {
      if (spelling.takes == Takes::Nothing) return Error{fmt::format("{}: takes no value", found.spelled)};
      found.value = body.substr(body.find('=') + 1);
    } else if (spelling.takes == Takes::Value) {
      if (next_ == arguments_.size()) return Error{fmt::format("{}: needs a value", found.spelled)};
      found.value = arguments_[next_++];
    }
    return take(found);
  }

  /// Reads short options of one argument. The first one that takes a value takes the rest.
  Result<void> cluster(std::string_view letters) {
    const std::string_view all = letters;
    while (!letters.empty()) {
      const char letter = letters[0];
      letters.remove_prefix(1);
      const auto index = find_short_option(spellings_, letter);
      Found found{0, fmt::format("-{}", letter), {}};
      if (!index) return unknown_option(spellings_, all, found.spelled);
      found.index = *index;
      const Takes takes = spellings_[*index].takes;
      if (takes != Takes::Nothing) {
        found.value = letters;
        letters = {};
      }
      if (takes == Takes::Value && found.value.empty()) {
        if (next_ == arguments_.size()) return Error{fmt::format("{}: needs a value", found.spelled)};
        found.value = arguments_[next_++];
      }
      if (auto done = take(found); !done) return done;
    }
    return {};
  }

  std::span<const std::string> arguments_;
  std::span<const Spelling> spellings_;
  const std::function<Result<void>(const Found&)>& found_;
  std::size_t next_ = 0;
};

}  // namespace

std::optional<std::size_t> find_short_option(std::span<const Spelling> spellings, char letter) {
  for (std::size_t index = 0; index < spellings.size(); ++index)
    if (spellings[index].name == std::string_view(&letter, 1)) return index;
  return std::nullopt;
}

Result<std::optional<std::size_t>> find_long_option(std::span<const Spelling> spellings, std::string_view name,
                                                    const std::string& spelled) {
  std::optional<std::size_t> match;
  std::string candidates;
  std::size_t count = 0;
  for (std::size_t index = 0; index < spellings.size(); ++index) {
    const Spelling& spelling = spellings[index];
    if (spelling.name.size() < 2) continue;
    if (spelling.name == name) return std::optional(index);
    if (name.empty() || !spelling.abbreviable || !spelling.name.starts_with(name)) continue;
    match = index;
    candidates += fmt::format("{}--{}", count++ > 0 ? ", " : "", spelling.name);
  }
  if (count > 1) return Error{fmt::format("{}: is ambiguous; it may mean {}", shortened(spelled), candidates)};
  return match;
}

Error unknown_option(std::span<const Spelling> spellings, std::string_view name, const std::string& spelled) {
  std::vector<std::string_view> names;
  for (const Spelling& spelling : spellings)
    if (spelling.name.size() > 2) names.push_back(spelling.name);
  const auto closest = name.size() > 2 ? closest_word(name, names) : std::nullopt;
  if (closest) return Error{fmt::format("{}: unknown option; did you mean --{}?", shortened(spelled), *closest)};
  return Error{fmt::format("{}: unknown option; sluice -h lists the options", shortened(spelled))};
}

Result<std::vector<std::string>> walk_options(std::span<const std::string> arguments,
                                              std::span<const Spelling> spellings,
                                              const std::function<Result<void>(const Found&)>& found) {
  return Walk(arguments, spellings, found).run();
}

}  // namespace sluice::arguments
