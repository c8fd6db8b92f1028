// SPDX-License-Identifier: Apache-2.0
#include "script/lua_lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace sluice::script {

namespace {

constexpr std::array<std::string_view, 22> kKeywords{
    "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
    "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};
/// Symbols of several bytes, longer ones first.
constexpr std::array<std::string_view, 10> kLongSymbols{"...", "..", "==", "~=", "<=", ">=", "<<", ">>", "//", "::"};
constexpr std::string_view kSymbols = "+-*/%^#&~|<>=(){}[];:,.";

/// True for a keyword. Most names differ from all keywords in their length or first byte.
bool is_keyword(std::string_view word) {
  constexpr std::size_t kShortest = 2, kLongest = 8;
  if (word.size() < kShortest || word.size() > kLongest) return false;
  return std::ranges::any_of(kKeywords,
                             [word](std::string_view known) { return known[0] == word[0] && known == word; });
}
bool is_name_start(char c) { return is_letter(c) || c == '_'; }
bool is_name_byte(char c) { return is_name_start(c) || is_digit(c); }
bool is_hexadecimal(char c) { return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f'); }

/// Appends a code point in the extended UTF-8 of Lua, which has up to six bytes.
void append_utf8(std::string& text, std::uint32_t point) {
  if (point < 0x80) {
    text += static_cast<char>(point);
    return;
  }
  std::string tail;
  std::uint32_t limit = 0x3f;  // what the first byte can hold
  do {
    tail.insert(tail.begin(), static_cast<char>(0x80 | (point & 0x3f)));
    point >>= 6;
    limit >>= 1;
  } while (point > limit);
  text += static_cast<char>((~limit << 1) | point);
  text += tail;
}

/// Reads digits of the base from `rest`, at most `most`. Returns nothing if there is none.
std::uint32_t take_digits(std::string_view& rest, int base, std::size_t most, bool& any) {
  std::size_t size = 0;
  while (size < std::min(most, rest.size()) && (base == 16 ? is_hexadecimal(rest[size]) : is_digit(rest[size]))) ++size;
  std::uint32_t value = 0;
  std::from_chars(rest.data(), rest.data() + size, value, base);
  any = size > 0;
  rest.remove_prefix(size);
  return value;
}

/// Appends the value of the escape sequence at the start of `rest`, behind its backslash, and removes it.
void take_escape(std::string_view& rest, std::string& value) {
  constexpr std::string_view kNames = "abfnrtv\\\"'\n", kValues = "\a\b\f\n\r\t\v\\\"'\n";
  const char c = rest.front();
  if (const std::size_t at = kNames.find(c); at != std::string_view::npos) {
    value += kValues[at];
    rest.remove_prefix(1);
    return;
  }
  bool any = true;
  const std::string_view before = rest;
  if (c == 'z') {
    rest.remove_prefix(1);
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    return;
  }
  if (c == 'x') {
    rest.remove_prefix(1);
    const auto byte = take_digits(rest, 16, 2, any);
    if (any) value += static_cast<char>(byte);
  } else if (rest.starts_with("u{")) {
    rest.remove_prefix(2);
    const auto point = take_digits(rest, 16, 8, any);
    if (any) append_utf8(value, point);
    if (rest.starts_with('}')) rest.remove_prefix(1);
  } else {
    const auto byte = take_digits(rest, 10, 3, any);
    if (any) value += static_cast<char>(byte);
  }
  if (any) return;
  rest = before.substr(1);
  value += c;
}

}  // namespace

LuaLexer::LuaLexer(std::string_view source) : source_(source) {
  if (source_.starts_with('#')) at_ = std::min(source_.find('\n'), source_.size());
}

LuaToken LuaLexer::take(LuaToken::Kind kind, std::size_t size) {
  size = std::min(size, source_.size() - at_);
  const LuaToken token{kind, source_.substr(at_, size), line_, first_on_line_};
  first_on_line_ = false;
  if (kind == LuaToken::Kind::String || kind == LuaToken::Kind::Comment)
    line_ += static_cast<std::size_t>(std::ranges::count(token.text, '\n'));
  at_ += size;
  return token;
}

std::size_t LuaLexer::long_bracket(std::size_t at) const {
  if (at >= source_.size() || source_[at] != '[') return 0;
  std::size_t behind = at + 1;
  while (behind < source_.size() && source_[behind] == '=') ++behind;
  if (behind >= source_.size() || source_[behind] != '[') return 0;
  std::string closing(source_.substr(at, behind - at + 1));
  std::ranges::replace(closing, '[', ']');
  const std::size_t end = source_.find(closing, behind + 1);
  return end == std::string_view::npos ? end : end + closing.size() - at;
}

LuaToken LuaLexer::comment() {
  const std::size_t bracket = long_bracket(at_ + 2);
  if (bracket == std::string_view::npos) return take(LuaToken::Kind::Bad, bracket);
  if (bracket > 0) return take(LuaToken::Kind::Comment, bracket + 2);
  return take(LuaToken::Kind::Comment, std::min(source_.find('\n', at_), source_.size()) - at_);
}

LuaToken LuaLexer::short_string() {
  const char quote = source_[at_];
  for (std::size_t end = at_ + 1; end < source_.size(); ++end) {
    if (source_[end] == quote) return take(LuaToken::Kind::String, end + 1 - at_);
    if (source_[end] == '\n') return take(LuaToken::Kind::Bad, end - at_);
    if (source_[end] != '\\' || ++end == source_.size()) continue;
    if (source_[end] == 'z')
      while (end + 1 < source_.size() && is_space(source_[end + 1])) ++end;
  }
  return take(LuaToken::Kind::Bad, source_.size());
}

LuaToken LuaLexer::number() {
  std::size_t end = at_;
  const bool hexadecimal = source_.size() > at_ + 1 && source_[at_] == '0' && to_lower(source_[at_ + 1]) == 'x';
  const char exponent = hexadecimal ? 'p' : 'e';
  while (end < source_.size()) {
    const char c = source_[end];
    const bool sign = (c == '+' || c == '-') && end > at_ && to_lower(source_[end - 1]) == exponent;
    if (!sign && !is_name_byte(c) && c != '.') break;
    ++end;
  }
  return take(LuaToken::Kind::Number, end - at_);
}

LuaToken LuaLexer::symbol() {
  const std::string_view rest = source_.substr(at_);
  for (const std::string_view symbol : kLongSymbols)
    if (symbol[0] == rest[0] && rest.starts_with(symbol)) return take(LuaToken::Kind::Symbol, symbol.size());
  const bool known = kSymbols.find(rest.front()) != std::string_view::npos;
  return take(known ? LuaToken::Kind::Symbol : LuaToken::Kind::Bad, 1);
}

LuaToken LuaLexer::next() {
  for (; at_ < source_.size() && is_space(source_[at_]); ++at_)
    if (source_[at_] == '\n') {
      ++line_;
      first_on_line_ = true;
    }
  if (at_ == source_.size()) return take(LuaToken::Kind::End, 0);
  const char c = source_[at_];
  const char after = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
  if (is_name_start(c)) {
    std::size_t end = at_;
    while (end < source_.size() && is_name_byte(source_[end])) ++end;
    const std::string_view word = source_.substr(at_, end - at_);
    return take(is_keyword(word) ? LuaToken::Kind::Keyword : LuaToken::Kind::Name, word.size());
  }
  if (c == '-' && after == '-') return comment();
  if (c == '"' || c == '\'') return short_string();
  if (is_digit(c) || (c == '.' && is_digit(after))) return number();
  if (const std::size_t bracket = long_bracket(at_); bracket > 0)
    return take(bracket == std::string_view::npos ? LuaToken::Kind::Bad : LuaToken::Kind::String, bracket);
  return symbol();
}

std::string string_value(std::string_view literal) {
  if (literal.size() < 2) return {};
  if (literal.front() == '[') {
    const std::size_t bracket = literal.find('[', 1) + 1;
    literal = literal.substr(bracket, literal.size() - 2 * bracket);
    if (literal.starts_with("\r\n"))
      literal.remove_prefix(2);
    else if (literal.starts_with('\n'))
      literal.remove_prefix(1);
    return std::string(literal);
  }
  std::string value;
  for (std::string_view rest = literal.substr(1, literal.size() - 2); !rest.empty();) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '\\' && !rest.empty())
      take_escape(rest, value);
    else
      value += c;
  }
  return value;
}

}  // namespace sluice::script
