// SPDX-License-Identifier: Apache-2.0
#include "script/lua_lexer.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/random_text.hpp"

namespace sluice::script {
namespace {

using enum LuaToken::Kind;

std::vector<LuaToken> tokens_of(std::string_view source) {
  std::vector<LuaToken> tokens;
  LuaLexer lexer(source);
  do tokens.push_back(lexer.next());
  while (tokens.back().kind != End);
  tokens.pop_back();
  return tokens;
}

std::vector<std::string_view> texts_of(std::string_view source) {
  std::vector<std::string_view> texts;
  for (const LuaToken& token : tokens_of(source)) texts.push_back(token.text);
  return texts;
}

TEST(LuaLexer, SymbolsAreAsLongAsPossible) {
  EXPECT_EQ(texts_of("a...b..c==d~=e<=f>>g//h::i=~j<<k"),
            (std::vector<std::string_view>{"a",  "...", "b",  "..", "c",  "==", "d", "~=", "e", "<=", "f",
                                           ">>", "g",   "//", "h",  "::", "i",  "=", "~",  "j", "<<", "k"}));
}

TEST(LuaLexer, NumbersEndWhereLuaEndsThem) {
  EXPECT_EQ(texts_of("0x.1p-4 3e+2 .5 1..2 0xep1 a-1"),
            (std::vector<std::string_view>{"0x.1p-4", "3e+2", ".5", "1..2", "0xep1", "a", "-", "1"}));
}

TEST(LuaLexer, LinesCountInsideOfStringsAndComments) {
  const auto tokens = tokens_of("#!/x\n[==[\n]]\n]==] --[[\n\n]] b -- c\n  'x\\\ny' d");
  ASSERT_EQ(tokens.size(), 6U);
  const std::vector<std::size_t> lines{2, 4, 6, 6, 7, 8};
  for (std::size_t at = 0; at < lines.size(); ++at) EXPECT_EQ(tokens[at].line, lines[at]) << tokens[at].text;
  EXPECT_TRUE(tokens[4].first_on_line);
  EXPECT_FALSE(tokens[3].first_on_line);
}

TEST(LuaLexer, UnfinishedStringsAndCommentsAreBad) {
  for (const char* source : {"'abc", "\"a\nb\"", "[[a", "--[[a", "$", "'a\\"})
    EXPECT_EQ(tokens_of(source).front().kind, Bad) << source;
}

TEST(LuaLexer, TokensAndTheSpaceBetweenThemAreTheWholeSource) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const std::string source = test::random_text(seed, "ab=[]'\"-\\\n z0x{}.~");
    std::size_t at = source.starts_with('#') ? std::min(source.find('\n'), source.size()) : 0;
    for (const LuaToken& token : tokens_of(source)) {
      const auto start = static_cast<std::size_t>(token.text.data() - source.data());
      ASSERT_EQ(source.substr(at, start - at).find_first_not_of(" \t\n\v\f\r"), std::string::npos) << seed;
      ASSERT_FALSE(token.text.empty());
      at = start + token.text.size();
    }
    ASSERT_EQ(source.substr(at).find_first_not_of(" \t\n\v\f\r"), std::string::npos) << seed;
  }
}

TEST(StringValue, EscapesAreThoseOfLua) {
  EXPECT_EQ(string_value(R"('a\n\065\x42\u{43}\z   D\'\"\\')"), "a\nABCD'\"\\");
  EXPECT_EQ(string_value(R"("\u{20AC}\u{7FFFFFFF}")"), "\xE2\x82\xAC\xFD\xBF\xBF\xBF\xBF\xBF");
  EXPECT_EQ(string_value("[[\n\na\\n]]"), "\na\\n");
  EXPECT_EQ(string_value("[=[]]]=]"), "]]");
}

}  // namespace
}  // namespace sluice::script
