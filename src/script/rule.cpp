// SPDX-License-Identifier: Apache-2.0
#include "script/rule.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace sluice::script {

enum class Joint : std::uint8_t { And, Or };

/// A node of an expression: a word, the negation of one child, or a chain of children with one joint between two.
struct RuleNode {
  enum class Kind : std::uint8_t { Word, Not, Chain } kind = Kind::Word;
  std::string word;
  std::vector<RuleNode> children;
  std::vector<Joint> joints;
};

namespace {

constexpr unsigned kMaxNestedParentheses = 200;  // bounds the depth of the recursion

bool is_boundary(char c) { return is_space(c) || c == '(' || c == ')' || c == ','; }
bool is_word(char c) { return c > ' ' && c < '\x7f' && c != '(' && c != ')'; }

/// Recursive-descent parser without backtracking: after a failure no other parse could match the whole text. The only
/// exception is `not` without an operand, which is read as a word.
class RuleParser {
 public:
  explicit RuleParser(std::string_view text) : text_(text) {}

  std::shared_ptr<const RuleNode> parse() {
    RuleNode root;
    skip_space();
    if (!expression(root)) return nullptr;
    skip_space();
    return at_ == text_.size() ? std::make_shared<const RuleNode>(std::move(root)) : nullptr;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool keyword(std::string_view wanted) {
    const std::string_view rest = text_.substr(at_);
    if (!equal_ignoring_case(rest.substr(0, wanted.size()), wanted)) return false;
    if (rest.size() > wanted.size() && !is_boundary(rest[wanted.size()])) return false;
    at_ += wanted.size();
    return true;
  }

  bool expression(RuleNode& node) {
    RuleNode chain{RuleNode::Kind::Chain, {}, {}, {}};
    for (;;) {
      if (!value(chain.children.emplace_back())) return false;
      const std::size_t behind = at_;
      skip_space();
      if (keyword("and")) {
        chain.joints.push_back(Joint::And);
      } else if (keyword("or")) {
        chain.joints.push_back(Joint::Or);
      } else {
        at_ = behind;
        break;
      }
      skip_space();
    }
    node = chain.joints.empty() ? std::move(chain.children.front()) : std::move(chain);
    return true;
  }

  bool value(RuleNode& node) {
    if (depth_ == kMaxNestedParentheses) return false;
    ++depth_;
    const bool read = negation(node) || parentheses(node) || word(node);
    --depth_;
    return read;
  }

  bool negation(RuleNode& node) {
    const std::size_t start = at_;
    if (!keyword("not")) return false;
    skip_space();
    RuleNode negated{RuleNode::Kind::Not, {}, std::vector<RuleNode>(1), {}};
    if (!value(negated.children.front())) {
      at_ = start;
      return false;
    }
    node = std::move(negated);
    return true;
  }

  bool parentheses(RuleNode& node) {
    if (at_ == text_.size() || text_[at_] != '(') return false;
    const std::size_t start = at_++;
    skip_space();
    if (expression(node)) {
      skip_space();
      if (at_ < text_.size() && text_[at_] == ')') {
        ++at_;
        return true;
      }
    }
    at_ = start;
    return false;
  }

  bool word(RuleNode& node) {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    node = {RuleNode::Kind::Word, std::string(text_.substr(start, at_ - start)), {}, {}};
    return at_ > start;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
};

std::string_view without_extension(std::string_view name) {
  if (name.ends_with(kScriptExtension)) name.remove_suffix(kScriptExtension.size());
  return name;
}

/// Evaluates all words, also those that cannot change the result, so that `by_name` covers all patterns.
bool evaluate(const RuleNode& node, const Entry& entry, bool& by_name) {
  if (node.kind == RuleNode::Kind::Not) return !evaluate(node.children.front(), entry, by_name);
  if (node.kind == RuleNode::Kind::Chain) {
    bool result = evaluate(node.children.back(), entry, by_name);
    for (std::size_t i = node.joints.size(); i-- > 0;) {
      const bool left = evaluate(node.children[i], entry, by_name);
      result = node.joints[i] == Joint::And ? left && result : left || result;
    }
    return result;
  }
  const auto is = [&node](std::string_view name) { return equal_ignoring_case(node.word, name); };
  if (is("true") || is("all")) return true;
  if (is("false")) return false;
  if (std::any_of(entry.categories.begin(), entry.categories.end(), is)) return true;
  if (!matches_glob(without_extension(node.word), script_id(entry.filename), false)) return false;
  by_name = true;
  return true;
}

}  // namespace

Rule Rule::parse(std::string_view text) {
  Rule rule;
  text = trim(text);
  if (text.starts_with('+')) {
    rule.forced_ = true;
    text = trim(text.substr(1));
  }
  rule.text_ = text;
  rule.root_ = RuleParser(text).parse();
  return rule;
}

Match Rule::match(const Entry& entry) const {
  Match match;
  if (root_) match.matched = evaluate(*root_, entry, match.by_name);
  return match;
}

std::vector<Rule> parse_rules(const std::vector<std::string>& options) {
  if (options.empty()) return {Rule::parse("default")};
  std::vector<Rule> rules;
  for (std::string_view rest : options)
    while (!rest.empty()) {
      Rule rule = Rule::parse(take_until(rest, ','));
      if (!rule.text().empty()) rules.push_back(std::move(rule));
    }
  return rules;
}

std::string_view script_id(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  return dot == 0 ? name : name.substr(0, dot);
}

}  // namespace sluice::script
