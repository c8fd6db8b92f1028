// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::script {

/// A token of a Lua source. `text` is a part of the source.
struct LuaToken {
  enum class Kind : std::uint8_t {
    Name,
    Keyword,
    Number,
    String,  ///< with its quotation marks or brackets
    Symbol,
    Comment,  ///< with its dashes
    End,      ///< behind the source
    Bad       ///< no token of Lua: an unfinished string, or a byte such as `$`
  };
  Kind kind = Kind::End;
  std::string_view text;
  std::size_t line = 1;        ///< of its first byte, counted from 1
  bool first_on_line = false;  ///< only white space is before it on its line

  [[nodiscard]] bool is(std::string_view word) const {
    return (kind == Kind::Symbol || kind == Kind::Keyword) && text == word;
  }
};

/// Divides a Lua 5.4 source into tokens, with comments. The source must outlive the lexer and its tokens. A first line
/// that begins with '#' is skipped. Not thread-safe.
class LuaLexer {
 public:
  explicit LuaLexer(std::string_view source);
  /// Returns the next token; an End behind the last one.
  LuaToken next();

 private:
  LuaToken take(LuaToken::Kind kind, std::size_t size);
  /// Returns the size of a long bracket at `at`, such as `[==[...]==]`: 0 if there is none, npos if it has no end.
  [[nodiscard]] std::size_t long_bracket(std::size_t at) const;
  LuaToken comment();
  LuaToken short_string();
  LuaToken number();
  LuaToken symbol();

  std::string_view source_;
  std::size_t at_ = 0, line_ = 1;
  bool first_on_line_ = true;
};

/// Returns the value of a string token. An invalid escape stands for itself.
std::string string_value(std::string_view literal);

}  // namespace sluice::script
