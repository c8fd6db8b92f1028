#include "cli/option_walk.hpp"

#include <fmt/format.h>

#include <optional>

namespace sluice::cli {

namespace {

class Walk {
 public:
  Walk(std::span<const std::string> arguments, std::span<const Spelling> spellings,
       const std::function<Result<void>(const Found&)>& found)
      : arguments_(arguments), spellings_(spellings), found_(found) {}

  Result<std::vector<std::string>> run() {
    std::vector<std::string> operands;
    while (next_ < arguments_.size()) {
      const std::string& argument = arguments_[next_++];
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
  Result<void> option(const std::string& argument) {
    const bool two_dashes = argument[1] == '-';
    const std::string_view body = std::string_view(argument).substr(two_dashes ? 2 : 1);
    // A lone letter after one dash is a short option if there is one, however many long ones begin with it.
    if (!two_dashes && body.size() == 1 && short_option(body[0])) return cluster(body);

    const std::string_view name = body.substr(0, body.find('='));
    const std::string spelled = argument.substr(0, argument.size() - body.size()) + std::string(name);
    auto match = long_option(name, spelled);
    if (!match) return match.error();
    if (*match) return take_long(**match, name.size() < body.size(), body, spelled);
    if (!two_dashes && short_option(body[0])) return cluster(body);
    return Error{fmt::format("{}: no such option; see sluice -h", spelled)};
  }

  Result<void> take_long(std::size_t index, bool has_value, std::string_view body, const std::string& spelled) {
    const Spelling& spelling = spellings_[index];
    // Told by its full name: an abbreviation says too little about what was understood.
    Found found{index, spelled.substr(0, spelled.find_first_not_of('-')) + std::string(spelling.name), {}};
    if (has_value) {
      if (spelling.takes == Takes::Nothing) return Error{fmt::format("{}: takes no value", found.spelled)};
      found.value = body.substr(body.find('=') + 1);
    } else if (spelling.takes == Takes::Value) {
      if (next_ == arguments_.size()) return Error{fmt::format("{}: needs a value", found.spelled)};
      found.value = arguments_[next_++];
    }
    return found_(found);
  }

  /// One argument's short options: the first that takes a value takes the rest.
  Result<void> cluster(std::string_view letters) {
    while (!letters.empty()) {
      const char letter = letters[0];
      letters.remove_prefix(1);
      const auto index = short_option(letter);
      Found found{0, fmt::format("-{}", letter), {}};
      if (!index) return Error{fmt::format("{}: no such option; see sluice -h", found.spelled)};
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
      if (auto done = found_(found); !done) return done;
    }
    return {};
  }

  [[nodiscard]] std::optional<std::size_t> short_option(char letter) const {
    for (std::size_t index = 0; index < spellings_.size(); ++index)
      if (spellings_[index].name == std::string_view(&letter, 1)) return index;
    return std::nullopt;
  }

  /// Nothing: no long option begins so.
  [[nodiscard]] Result<std::optional<std::size_t>> long_option(std::string_view name,
                                                               const std::string& spelled) const {
    std::optional<std::size_t> match;
    std::string candidates;
    std::size_t count = 0;
    for (std::size_t index = 0; index < spellings_.size(); ++index) {
      const Spelling& spelling = spellings_[index];
      if (spelling.name.size() < 2) continue;
      if (spelling.name == name) return std::optional(index);
      if (name.empty() || !spelling.abbreviable || !spelling.name.starts_with(name)) continue;
      match = index;
      candidates += fmt::format("{}--{}", count++ > 0 ? ", " : "", spelling.name);
    }
    if (count > 1) return Error{fmt::format("{}: could be {}", spelled, candidates)};
    return match;
  }

  std::span<const std::string> arguments_;
  std::span<const Spelling> spellings_;
  const std::function<Result<void>(const Found&)>& found_;
  std::size_t next_ = 0;
};

}  // namespace

Result<std::vector<std::string>> walk_options(std::span<const std::string> arguments,
                                              std::span<const Spelling> spellings,
                                              const std::function<Result<void>(const Found&)>& found) {
  return Walk(arguments, spellings, found).run();
}

}  // namespace sluice::cli
