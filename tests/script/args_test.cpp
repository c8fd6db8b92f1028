// SPDX-License-Identifier: Apache-2.0
#include "script/args.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/random_text.hpp"

namespace sluice::script {
namespace {

std::string show(const Value& value);

/// Shows a table as {"item","item",name="value"}.
std::string show(const Value::Table& table) {
  std::string text = "{";
  for (const Value& item : table.items) text += (text.size() > 1 ? "," : "") + show(item);
  for (const auto& [name, value] : table.fields) text += (text.size() > 1 ? "," : "") + name + "=" + show(value);
  return text + "}";
}

std::string show(const Value& value) {
  if (const auto* table = std::get_if<Value::Table>(&value.data)) return show(*table);
  return '"' + std::get<std::string>(value.data) + '"';
}

std::string parse(std::string_view text) {
  const auto table = parse_script_args(text);
  return table ? show(*table) : "error";
}

TEST(ParseScriptArgs, NamedAndUnnamedValuesAreParsed) {
  EXPECT_EQ(parse("a=1,flag,b"), R"({"flag","b",a="1"})");
  EXPECT_EQ(parse(" a = 1 , b = { c = d , e } "), R"({a="1",b={"e",c="d"}})");
  EXPECT_EQ(parse("a=x y z"), R"({a="x y z"})");
  EXPECT_EQ(parse("a b = c"), R"({a b="c"})");
  EXPECT_EQ(parse("1=2"), R"({1="2"})");
  EXPECT_EQ(parse("=1"), R"({="1"})");
  EXPECT_EQ(parse("\t a\t=\v b\f"), R"({a="b"})");
}

TEST(ParseScriptArgs, LastValueOfNameWins) {
  EXPECT_EQ(parse("a={b=c},a=d"), R"({a="d"})");
  EXPECT_EQ(parse("a=1,b=2,a=3,c=4,b=5,a=6"), R"({a="6",b="5",c="4"})");
}

TEST(ParseScriptArgs, ManyArgumentsNeedNoQuadraticTime) {
  std::string text;
  for (int each = 0; each < 300'000; ++each) text += "k" + std::to_string(each) + "=v,";
  const auto table = parse_script_args(text);  // quadratic time would be minutes
  ASSERT_TRUE(table);
  EXPECT_EQ(table->fields.size(), 300'000u);
}

TEST(ParseScriptArgs, EmptyItemsAreEmptyStrings) {
  EXPECT_EQ(parse("a={}"), R"({a={""}})");
  EXPECT_EQ(parse("a=1,"), R"({"",a="1"})");
  EXPECT_EQ(parse(",a"), R"({"","a"})");
  EXPECT_EQ(parse(","), R"({"",""})");
  EXPECT_EQ(parse("x={a,b,},y"), R"({"y",x={"a","b",""}})");
  EXPECT_EQ(parse("''"), R"({""})");
}

TEST(ParseScriptArgs, EmptyTextHasNoArguments) {
  EXPECT_EQ(parse(""), "{}");
  EXPECT_EQ(parse(" \n"), "{}");
}

TEST(ParseScriptArgs, NewlineSeparatesArguments) {
  EXPECT_EQ(parse("a=1\nb=2"), R"({a="1",b="2"})");
  EXPECT_EQ(parse("a=1\r\nb=2"), R"({a="1",b="2"})");
  EXPECT_EQ(parse("\na=1\n\nb"), R"({"b",a="1"})");
  EXPECT_EQ(parse("a=1\n,b"), R"({"","b",a="1"})");
  EXPECT_EQ(parse("a\n=1"), R"({"a",="1"})");
  EXPECT_EQ(parse("a=\n1"), R"({"1",a=""})");
  EXPECT_EQ(parse("a={\nb=c\n}"), R"({a={"",b="c"}})");
}

TEST(ParseScriptArgs, QuotedTextKeepsSeparatorsAndEscapes) {
  EXPECT_EQ(parse(R"("a,b")"), R"({"a,b"})");
  EXPECT_EQ(parse(R"("a b"=c)"), R"({a b="c"})");
  EXPECT_EQ(parse(R"(a="x" ,b)"), R"({"b",a="x"})");
  EXPECT_EQ(parse("a=\"x\ny\""), "{a=\"x\ny\"}");
  EXPECT_EQ(parse(R"(a="x\"y\\z\n")"), R"({a="x"y\z\n"})");
  EXPECT_EQ(parse(R"(a='x\'y\"')"), R"({a="x'y\""})");
}

TEST(ParseScriptArgs, QuotesInsideUnquotedTextAreOrdinary) {
  EXPECT_EQ(parse("a=don't"), R"({a="don't"})");
  EXPECT_EQ(parse("don't=1"), R"({don't="1"})");
  EXPECT_EQ(parse("a=b\"c\""), R"({a="b"c""})");
  EXPECT_EQ(parse("\"unclosed"), R"({""unclosed"})");
  EXPECT_EQ(parse("a=\"unclosed"), R"({a=""unclosed"})");
}

TEST(ParseScriptArgs, TablesNest) {
  EXPECT_EQ(parse("{a,b}"), R"({{"a","b"}})");
  EXPECT_EQ(parse("a={{b}}"), R"({a={{"b"}}})");
  EXPECT_EQ(parse("a={b},c"), R"({"c",a={"b"}})");
  EXPECT_EQ(parse("={b}"), R"({={"b"}})");
}

TEST(ParseScriptArgs, TextBehindUnmatchedClosingBraceIsIgnored) {
  EXPECT_EQ(parse("a=}"), R"({a=""})");
  EXPECT_EQ(parse("a=},b"), R"({a=""})");
  EXPECT_EQ(parse("}"), R"({""})");
}

TEST(ParseScriptArgs, ErrorQuotesUnparsedText) {
  for (const char* text :
       {"a=\"x\"y", "a=1=2", "a=b{c", "a={b", "a={b=c}d", "==", "'a'b", "\"a\"b=c", "a='it''s'", "{"})
    EXPECT_EQ(parse(text), "error") << text;
  const auto error = [](const std::string& text) { return parse_script_args(text).error().message; };
  EXPECT_EQ(error("a=1=2"), "the script arguments did not parse at 'a=1=2'");
  EXPECT_EQ(error("a=x (y, z),path=/?login=1\nb=2"), "the script arguments did not parse at 'path=/?login=1'");
  EXPECT_EQ(error("a=${b}"), "the script arguments did not parse at 'a=${b}'");
  EXPECT_EQ(error("a={b"), "the script arguments did not parse at 'a={b'");
  EXPECT_LT(error("a=" + std::string(100'000, 'x') + "={" + std::string(100'000, 'y')).size(), 200u);
}

TEST(ParseScriptArgs, UnquotedNameWithTypographicCharacterIsRefused) {
  const auto error = [](const std::string& text) { return parse_script_args(text).error().message; };
  EXPECT_EQ(error("x=1,a\u2013b=1"),
            "the name of the script argument 'a\u2013b' has an en dash (U+2013) in place of -; did you mean a-b? "
            "Quotation marks around the name allow it.");
  EXPECT_THAT(error("x={\u00a0y=1}"), testing::HasSubstr("did you mean  y?"));
  EXPECT_EQ(parse("'a\u2013b'=1"), parse("\"a\u2013b\"=1"));
  EXPECT_NE(parse("'a\u2013b'=1"), "error");
  EXPECT_NE(parse("a=x\u2013y,z\u2013"), "error");
  EXPECT_NE(parse("b\u00fccher=1"), "error");
}

TEST(ScriptArgsText, FileTextComesFirstWithoutTrailingCommas) {
  EXPECT_EQ(script_args_text("a=1,b,,\n", "c"), "a=1,b,c");
  EXPECT_EQ(script_args_text("a=1,\n", std::nullopt), "a=1");
  EXPECT_EQ(script_args_text(std::nullopt, "c,"), "c,");
  EXPECT_EQ(script_args_text("\n", "c"), "c");
  EXPECT_EQ(script_args_text(std::nullopt, std::nullopt), "");
}

TEST(ParseScriptArgs, DeepNestingIsRefused) {
  EXPECT_NE(parse(std::string(50, '{') + std::string(50, '}')), "error");
  EXPECT_EQ(parse(std::string(100'000, '{') + std::string(100'000, '}')), "error");
}

TEST(ParseScriptArgs, RandomTextIsParsedOrRefused) {
  for (unsigned seed = 0; seed < 5000; ++seed) {
    const auto table = parse_script_args(test::random_text(seed, "ab ={},\"'\\\n").substr(0, seed % 60));
    if (table) (void)show(*table);
  }
}

}  // namespace
}  // namespace sluice::script
