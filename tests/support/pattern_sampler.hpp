// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::test {

/// Creates texts that a pattern of PCRE2 probably matches, by random choices at its alternatives, classes and
/// quantifiers. Look-around and back references are ignored, so the caller must check with PCRE2 whether a text
/// matches.
class PatternSampler {
 public:
  explicit PatternSampler(unsigned seed) : random_(seed) {}

  std::string sample(std::string_view pattern) {
    rest_ = pattern;
    std::string text = branches(0);
    return text;
  }

 private:
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

  std::string branches(int depth) {
    std::string chosen, current;
    unsigned count = 0;
    const auto keep = [&] {
      if (below(++count) == 0) chosen = current;
      current.clear();
    };
    while (!rest_.empty() && rest_.front() != ')') {
      if (rest_.front() == '|') {
        rest_.remove_prefix(1);
        keep();
        continue;
      }
      const std::string_view start = rest_;
      std::string text = item(depth);
      const std::string_view end = rest_;
      const auto [least, most] = quantifier();
      const std::string_view behind = rest_;
      const unsigned times = least + (most > least ? below(std::min(most - least, 3U) + 1) : 0);
      if (times == 0) text.clear();
      for (unsigned i = 1; i < times && i < 300; ++i) {
        rest_ = start.substr(0, start.size() - end.size());
        text += item(depth);
      }
      rest_ = behind;
      current += text;
    }
    keep();
    return chosen;
  }

  std::pair<unsigned, unsigned> quantifier() {
    std::pair<unsigned, unsigned> bounds{1, 1};
    if (rest_.empty()) return bounds;
    const char c = rest_.front();
    if (c == '?') {
      bounds = {0, 1};
    } else if (c == '*') {
      bounds = {0, 5};
    } else if (c == '+') {
      bounds = {1, 5};
    } else if (c == '{' && rest_.size() > 1 && rest_[1] >= '0' && rest_[1] <= '9' && rest_.find('}') != rest_.npos) {
      const std::string text(rest_.substr(1, rest_.find('}') - 1));
      const auto comma = text.find(',');
      const auto number = [](const std::string& digits) { return static_cast<unsigned>(std::atoi(digits.c_str())); };
      bounds.first = bounds.second = number(text);
      if (comma != std::string::npos)
        bounds.second = comma + 1 == text.size() ? bounds.first + 3 : number(text.substr(comma + 1));
      rest_.remove_prefix(rest_.find('}'));
    } else {
      return bounds;
    }
    rest_.remove_prefix(1);
    if (!rest_.empty() && (rest_.front() == '?' || rest_.front() == '+')) rest_.remove_prefix(1);
    return bounds;
  }

  std::string item(int depth) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '(') return group(depth);
    if (c == '[') return one_of(char_class());
    if (c == '\\') {
      const std::string set = escape();
      return set.empty() ? "" : one_of(set);
    }
    if (c == '.') return std::string(1, static_cast<char>('a' + below(26)));
    if (c == '^' || c == '$') return "";
    return std::string(1, c);
  }

  std::string group(int depth) {
    bool produces = depth < 40;
    if (rest_.starts_with("?")) {
      const std::size_t size = rest_.starts_with("?<") ? 3 : 2;
      produces = produces && (rest_.starts_with("?:") || rest_.starts_with("?>"));
      rest_.remove_prefix(std::min(size, rest_.size()));
    }
    std::string text = branches(depth + 1);
    if (!rest_.empty()) rest_.remove_prefix(1);
    return produces ? text : "";
  }

  std::string one_of(const std::string& set) { return std::string(1, set[below(static_cast<unsigned>(set.size()))]); }

  /// Reads an escape after its backslash. Returns the bytes that it matches; "" if it matches no byte, such as \b.
  std::string escape() {
    if (rest_.empty()) return "";
    const char c = rest_.front();
    rest_.remove_prefix(1);
    switch (c) {
      case 'd':
        return "0123456789";
      case 'w':
        return "abcXYZ019_";
      case 's':
        return " \t\n";
      case 'D':
      case 'W':
        return "-.,";
      case 'S':
        return "abz09-";
      case 'n':
        return "\n";
      case 'r':
        return "\r";
      case 't':
        return "\t";
      case 'f':
        return "\f";
      case 'a':
        return "\a";
      case 'e':
        return "\x1b";
      case 'b':
      case 'B':
      case 'A':
      case 'Z':
      case 'z':
        return "";
      case 'x':
        return code(16);
      case '0':
        return code(8);
      default:
        return std::string(1, c);
    }
  }

  std::string code(unsigned base) {
    unsigned value = 0;
    for (int i = 0; i < 2 && !rest_.empty(); ++i) {
      const std::size_t digit = std::string_view("0123456789abcdef").find(static_cast<char>(rest_.front() | 0x20));
      if (digit >= base) break;
      value = value * base + static_cast<unsigned>(digit);
      rest_.remove_prefix(1);
    }
    return std::string(1, static_cast<char>(value));
  }

  /// Reads a class after its opening bracket. Returns the bytes that it matches.
  std::string char_class() {
    const bool negated = rest_.starts_with("^");
    if (negated) rest_.remove_prefix(1);
    std::string set;
    for (bool first = true; !rest_.empty() && (first || rest_.front() != ']'); first = false) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '-' && !set.empty() && !rest_.empty() && rest_.front() != ']') {
        std::string upper(1, rest_.front());
        rest_.remove_prefix(1);
        if (upper == "\\") upper = escape();
        for (int next = static_cast<unsigned char>(set.back()) + 1;
             !upper.empty() && next <= static_cast<unsigned char>(upper.back()); ++next)
          set += static_cast<char>(next);
      } else {
        set += c == '\\' ? escape() : std::string(1, c);
      }
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
    if (negated) {
      std::string others;
      for (int c = 1; c < 256; ++c)
        if (set.find(static_cast<char>(c)) == std::string::npos) others += static_cast<char>(c);
      for (const char common : std::string_view("a0Zx"))  // makes printable bytes more frequent
        if (set.find(common) == std::string::npos) others += std::string(200, common);
      set = others;
    }
    return set.empty() ? " " : set;
  }

  std::mt19937 random_;
  std::string_view rest_;
};

}  // namespace sluice::test
