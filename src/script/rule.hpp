// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::script {

inline constexpr std::string_view kScriptExtension = ".nse";

/// One script as script.db lists it.
struct Entry {
  std::string filename;  ///< "banner.nse"
  std::vector<std::string> categories;
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// Result of Rule::match.
struct Match {
  bool matched = false;
  bool by_name = false;  ///< a file name pattern of the rule matched
};

struct RuleNode;

/// One rule of `--script`: an expression over categories and file name patterns (docs/nse-compat.md, "Choice of scripts
/// and their arguments"). Immutable. Copies share their data. Thread-safe.
///
/// A word of the expression is a category if the entry has that category, otherwise a pattern. `and` has no precedence
/// over `or`: both nest to the right. A text that is no expression matches no entry; select() then treats it as a path.
class Rule {
 public:
  /// Parses a rule. White space around it is removed. A "+" at its beginning makes the rule forced.
  static Rule parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }  ///< without "+"
  [[nodiscard]] bool forced() const { return forced_; }
  /// Evaluates the rule for one script of script.db.
  [[nodiscard]] Match match(const Entry& entry) const;

 private:
  std::string text_;
  bool forced_ = false;
  std::shared_ptr<const RuleNode> root_;  // null if the text is no expression
};

/// Returns the rules of all `--script` options, in their order. Each option is split at commas; empty rules are
/// removed. Without any option, returns the rule "default".
std::vector<Rule> parse_rules(const std::vector<std::string>& options);

/// Returns the id of a script: the file name without directories and the last extension. "/a/banner.nse" gives
/// "banner".
std::string_view script_id(std::string_view path);

}  // namespace sluice::script
