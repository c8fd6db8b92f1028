#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::script {

/// What script.db knows of one script.
struct Entry {
  std::string filename;  ///< "banner.nse"
  std::vector<std::string> categories;
  friend bool operator==(const Entry&, const Entry&) = default;
};

struct Match {
  bool matched = false;
  bool by_name = false;  ///< some file name pattern in the rule fitted
};

struct RuleNode;

/// One rule of --script (scheduler.md 4.1, 4.2): an expression over categories and file name patterns. What is no
/// expression matches no entry, and is then tried as a file by whoever selects. Immutable and cheap to copy.
///
/// The grammar does not depend on the entry: a word is a category if the entry has it, else a pattern. `and` binds no
/// tighter than `or`; both nest to the right.
class Rule {
 public:
  /// `text` is trimmed; a "+" in front of it makes the rule forced.
  static Rule parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }  ///< without the "+"
  [[nodiscard]] bool forced() const { return forced_; }
  [[nodiscard]] Match match(const Entry& entry) const;

 private:
  std::string text_;
  bool forced_ = false;
  std::shared_ptr<const RuleNode> root_;  // null: no expression
};

/// The rules of all --script options in order: split at commas, trimmed, empty ones dropped. No option at all means
/// "default".
std::vector<Rule> parse_rules(const std::vector<std::string>& options);

/// "banner" for "banner.nse", "/a/banner.nse" and "banner": the id of a script.
std::string_view script_id(std::string_view path);

}  // namespace sluice::script
