// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <sluice/quote.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "script/documentation.hpp"
#include "script/lua_lexer.hpp"

namespace sluice::script {

/// A position in the tokens of a Lua source, without comments. After the first error it is at the end. Owned by a
/// parser. The source must outlive it.
class LuaCursor {
 public:
  explicit LuaCursor(std::string_view source) {
    LuaLexer lexer(source);
    do {
      const LuaToken token = lexer.next();
      if (token.kind != LuaToken::Kind::Comment) tokens_.push_back(token);
    } while (tokens_.empty() || tokens_.back().kind != LuaToken::Kind::End);
  }

  [[nodiscard]] const LuaToken& token() const { return tokens_[at_]; }
  /// REQUIRES: the position is not at the end.
  [[nodiscard]] const LuaToken& following() const { return tokens_[at_ + 1]; }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] bool at_end() const { return token().kind == LuaToken::Kind::End; }
  [[nodiscard]] bool at_name() const { return token().kind == LuaToken::Kind::Name; }

  void skip() { at_ += at_end() ? 0 : 1; }
  /// Returns the token and moves behind it. REQUIRES: the position is not at the end.
  const LuaToken& take() { return tokens_[at_++]; }
  /// Moves behind the token if it is this symbol or keyword. Returns true if it is.
  bool accept(std::string_view word) {
    if (!token().is(word)) return false;
    skip();
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word)) fail("stands where '" + std::string(word) + "' is expected");
  }
  std::string expect_name() {
    if (at_name()) return std::string(take().text);
    fail("stands where a name is expected");
    return {};
  }

  /// Notes an error at the token, unless there is an earlier one, and moves to the end. `why` follows the token.
  void fail(const std::string& why) {
    constexpr std::size_t kLongestQuote = 40;
    if (!error_) {
      const std::string what = at_end() ? "the end of the file" : in_quotes(token().text, kLongestQuote);
      error_ = LocatedText{what + ' ' + why, token().line};
    }
    at_ = tokens_.size() - 1;
  }
  [[nodiscard]] const std::optional<LocatedText>& error() const { return error_; }

 private:
  std::vector<LuaToken> tokens_;  ///< the last one is an End
  std::size_t at_ = 0;
  std::optional<LocatedText> error_;
};

}  // namespace sluice::script
