// SPDX-License-Identifier: Apache-2.0
#include "service/literals.hpp"

#include <optional>
#include <utility>

#include "base/text.hpp"

namespace sluice::service {

namespace {

using Literals = std::vector<std::string>;

/// Parser of a pattern, from left to right. Its functions return false if nothing can be said about the pattern.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view pattern) : rest_(pattern) {}

  std::optional<Literals> read() {
    Literals literals;
    // An unmatched closing parenthesis ends read_branches before the end.
    if (!read_branches(literals, 0) || !rest_.empty()) return std::nullopt;
    return literals;
  }

 private:
  static constexpr int kMaxNesting = 50;

  /// The last item, for the quantifier after it.
  struct Item {
    enum class Kind { Byte, Group, Other } kind = Kind::Other;
    Literals group;  // of a Group: literals that are required if the group is
  };

  bool accept(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  /// Reads up to the end or an unmatched ")". With alternatives, returns no literals, because they may have none in
  /// common.
  bool read_branches(Literals& literals, int nesting) {
    bool alternatives = false;
    Literals found;
    std::string run;  // adjacent bytes
    const auto flush = [&] {
      if (!run.empty()) found.push_back(std::exchange(run, {}));
    };
    while (!rest_.empty() && rest_.front() != ')') {
      if (accept("|")) {
        alternatives = true;
        continue;
      }
      Item item;
      char byte = 0;
      if (!read_item(item, byte, nesting)) return false;
      Quantifier quantifier;
      if (!read_quantifier(quantifier)) return false;
      if (item.kind == Item::Kind::Byte && quantifier.minimum > 0) run += byte;
      // Bytes after a repeated byte are not adjacent to the bytes before it.
      if (item.kind != Item::Kind::Byte || quantifier.present) flush();
      if (item.kind == Item::Kind::Group && quantifier.minimum > 0)
        for (std::string& text : item.group) found.push_back(std::move(text));
    }
    flush();
    if (!alternatives) literals = std::move(found);
    return true;
  }

  struct Quantifier {
    bool present = false;
    unsigned minimum = 1;
  };

  bool read_quantifier(Quantifier& quantifier) {
    if (rest_.empty()) return true;
    if (accept("?") || accept("*")) {
      quantifier = {true, 0};
    } else if (accept("+")) {
      quantifier = {true, 1};
    } else if (rest_.front() == '{') {
      // {2} {2,} {2,5}. Versions of PCRE2 treat {,5} and blanks differently. Before anything else, a brace is literal.
      std::string_view digits = rest_.substr(1);
      if (digits.empty() || !(is_digit(digits.front()) || digits.front() == ',' || is_space(digits.front())))
        return true;
      std::size_t size = 0;
      while (size < digits.size() && is_digit(digits[size])) ++size;
      const auto minimum = parse_number<unsigned>(digits.substr(0, size));
      digits.remove_prefix(size);
      if (!digits.empty() && digits.front() == ',') {
        digits.remove_prefix(1);
        while (!digits.empty() && is_digit(digits.front())) digits.remove_prefix(1);
      }
      if (!minimum || digits.empty() || digits.front() != '}') return false;
      rest_ = digits.substr(1);
      quantifier = {true, *minimum};
    } else {
      return true;
    }
    if (!accept("?")) accept("+");   // lazy or possessive
    return !rest_.starts_with("{");  // a{2}{3} quantifies a quantified item
  }

  bool read_item(Item& item, char& byte, int nesting) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    switch (c) {
      case '\\':
        return read_escape(item, byte);
      case '[':
        return skip_class();
      case '(':
        return read_group(item, nesting);
      case '.':
      case '^':
      case '$':
        return true;
      case '?':
      case '*':
      case '+':
        return false;  // a quantifier without an item
      default:
        item.kind = Item::Kind::Byte;
        byte = c;
        return true;
    }
  }

  bool read_group(Item& item, int nesting) {
    if (nesting >= kMaxNesting || rest_.starts_with("*")) return false;
    bool required = true;
    if (accept("?=") || accept("?!") || accept("?<=") || accept("?<!"))
      required = false;
    else if (!accept("?:") && !accept("?>") && rest_.starts_with("?"))
      return false;  // options, names, comments, conditions, recursion
    Literals inner;
    if (!read_branches(inner, nesting + 1) || !accept(")")) return false;
    item.kind = required ? Item::Kind::Group : Item::Kind::Other;
    item.group = std::move(inner);
    return true;
  }

  /// Skips the rest of a class after its opening bracket.
  bool skip_class() {
    accept("^");
    accept("]");  // a bracket at the beginning is literal
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == ']') return true;
      if (c == '[' && !rest_.empty() && (rest_.front() == ':' || rest_.front() == '.' || rest_.front() == '='))
        return false;  // [:alpha:]
      if (c == '\\') {
        if (rest_.empty() || rest_.front() == 'Q' || rest_.front() == 'E' || rest_.front() == 'c') return false;
        rest_.remove_prefix(1);
      }
    }
    return false;
  }

  /// Reads the rest of an escape after its backslash.
  bool read_escape(Item& item, char& byte) {
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c >= '1' && c <= '9') {  // a back reference, or an octal number if there are fewer groups
      while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
      return true;
    }
    constexpr std::string_view kNoByte = "dDsSwWhHvVRbBAzZG";
    if (kNoByte.find(c) != std::string_view::npos) return true;
    item.kind = Item::Kind::Byte;
    constexpr std::string_view kLetters = "aefnrt", kCodes = "\a\x1b\f\n\r\t";
    if (const std::size_t letter = kLetters.find(c); letter != std::string_view::npos) {
      byte = kCodes[letter];
      return true;
    }
    if (c == '0') return read_code(byte, 8, 0);
    if (c == 'x') return read_code(byte, 16, 1);
    byte = c;
    return !is_letter(c) && !is_digit(c);
  }

  /// Reads a code of `least` to two digits.
  bool read_code(char& byte, unsigned base, std::size_t least) {
    unsigned code = 0;
    std::size_t size = 0;
    for (; size < 2 && size < rest_.size(); ++size) {
      const char c = to_lower(rest_[size]);
      const unsigned digit = is_digit(c) ? static_cast<unsigned>(c - '0') : is_letter(c) ? c - 'a' + 10U : 99U;
      if (digit >= base) break;
      code = code * base + digit;
    }
    rest_.remove_prefix(size);
    byte = static_cast<char>(code);
    return size >= least;
  }

  std::string_view rest_;
};

}  // namespace

std::vector<std::string> required_literals(std::string_view pattern, bool ignore_case) {
  if (ignore_case) return {};
  return LiteralReader(pattern).read().value_or(Literals());
}

}  // namespace sluice::service
