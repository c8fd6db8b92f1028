// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <sluice/redaction.hpp>

#include "script/args.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using Words = std::vector<std::string>;

TEST(RedactScriptArgs, ValuesWithSecretNamesAreReplaced) {
  EXPECT_EQ(redact_script_args("user=u,pass=p"), "user=u,pass=<redacted>");
  EXPECT_EQ(redact_script_args("smbPassword=p , b=c"), "smbPassword=<redacted>, b=c");
  EXPECT_EQ(redact_script_args("api.TOKEN=t\nclient-secret=s\nsshkey=k"),
            "api.TOKEN=<redacted>\nclient-secret=<redacted>\nsshkey=<redacted>");
}
TEST(RedactScriptArgs, OtherTextIsKeptAsWritten) {
  for (const char* text : {"", " ", "a", "a = 'b'", "pass", "user=pass", "a={b, c = d,{e}}", "\"x=y\",b='key=v'"})
    EXPECT_EQ(redact_script_args(text), text);
}
TEST(RedactScriptArgs, QuotedValuesAndNamesAreReplaced) {
  EXPECT_EQ(redact_script_args(R"(pass="a,b=c}",x=1)"), "pass=<redacted>,x=1");
  EXPECT_EQ(redact_script_args(R"('my pass' = 'it\'s')"), "'my pass' = <redacted>");
  EXPECT_EQ(redact_script_args("pass=\"no end,x=1"), "pass=<redacted>,x=1");
}
TEST(RedactScriptArgs, ValuesInTablesAreReplaced) {
  EXPECT_EQ(redact_script_args("a={b=1,pass=p},c=2"), "a={b=1,pass=<redacted>},c=2");
  EXPECT_EQ(redact_script_args("a={{key=k}}"), "a={{key=<redacted>}}");
}
TEST(RedactScriptArgs, TablesWithSecretNamesAreReplacedInFull) {
  EXPECT_EQ(redact_script_args("pass={a,key=b},c=d"), "pass=<redacted>,c=d");
}
TEST(RedactScriptArgs, TextThatTheParserIgnoresIsLeftOut) { EXPECT_EQ(redact_script_args("a=b},pass=p"), "a=b}"); }
TEST(RedactScriptArgs, TextThatDoesNotParseIsReplacedInFull) {
  EXPECT_EQ(redact_script_args("pass=a=b"), "<redacted>");
  EXPECT_EQ(redact_script_args("a={pass=b"), "<redacted>");
}

/// Replaces the values of the fields "key" in a table, and in those within.
void redact_keys(Value::Table& table) {
  for (Value& item : table.items)
    if (auto* inner = std::get_if<Value::Table>(&item.data)) redact_keys(*inner);
  for (auto& [name, value] : table.fields) {
    if (name.find("key") != std::string::npos)
      value.data = std::string(kRedacted);
    else if (auto* inner = std::get_if<Value::Table>(&value.data))
      redact_keys(*inner);
  }
}
TEST(RedactScriptArgs, ParserReadsRedactedTextAsTheSameTableWithoutSecrets) {
  constexpr std::array kPieces{"key", "a", "=", "=", "{", "}", ",", "\"", "'", "\\", " ", "\n"};
  std::mt19937 random(1);
  int parsed = 0;
  for (int count = 0; count < 20'000; ++count) {
    std::string text;
    for (auto size = random() % 14; size > 0; --size) text += kPieces[random() % kPieces.size()];
    auto table = script::parse_script_args(text);
    if (!table) continue;
    ++parsed;
    const auto redacted = script::parse_script_args(redact_script_args(text));
    ASSERT_TRUE(redacted) << text;
    redact_keys(*table);
    EXPECT_EQ(*redacted, *table) << text;
  }
  EXPECT_GT(parsed, 1000);
}

TEST(RedactArguments, EachSpellingOfScriptArgsIsRedacted) {
  const Words arguments = {"sluice",
                           "--script-args",
                           "pass=a",
                           "--script-args=key=b",
                           "-script-args",
                           "token=c",
                           "--script-args-file",
                           "pass=file",
                           "-p",
                           "1",
                           "pass=host"};
  EXPECT_THAT(redact_arguments(arguments),
              ElementsAre("sluice", "--script-args", "pass=<redacted>", "--script-args=key=<redacted>", "-script-args",
                          "token=<redacted>", "--script-args-file", "pass=file", "-p", "1", "pass=host"));
}
TEST(RedactArguments, ValuesOfOtherOptionsAndTargetsAreKept) {
  const Words arguments = {"sluice", "-oN", "--script-args", "--", "--script-args", "pass=a"};
  EXPECT_EQ(redact_arguments(arguments), arguments);
  EXPECT_EQ(redact_arguments(Words{}), Words{});
}
TEST(RedactArguments, RepeatedRedactionChangesNothing) {
  const Words once = redact_arguments(Words{"sluice", "--script-args", "a={pass='p q'},key={b}"});
  EXPECT_EQ(redact_arguments(once), once);
}

TEST(RedactedNames, OnlyRedactedArgumentsAreNamed) {
  const Words arguments = {"sluice", "--script-args", "a={pass=<redacted>,x=1},key=kept,token=<redacted>"};
  EXPECT_THAT(redacted_names(arguments), ElementsAre("a.pass", "token"));
}

TEST(RestoreArguments, RedactedValuesAreThoseWithTheSameNames) {
  const Words arguments = {"sluice", "-n", "--script-args", "user=joe,a={pass='p q',x=1},key={1,2}",
                           "--script-args=token=t"};
  EXPECT_EQ(restore_arguments(redact_arguments(arguments), "a={pass=old},key={1,2},token=t,a={pass='p q'}"), arguments);
}
TEST(RestoreArguments, OtherValuesAreKept) {
  EXPECT_EQ(restore_script_args("pass=kept,key=<redacted>,user=<redacted>", "pass=p,user=u"),
            "pass=kept,key=<redacted>,user=<redacted>");
  EXPECT_EQ(restore_script_args("<redacted>", "pass=p"), "<redacted>");
  EXPECT_EQ(restore_script_args("pass=<redacted>", "a={"), "pass=<redacted>");
}

TEST(CompareSecrets, GivenNamesAreThoseThatWereRedacted) {
  const Words arguments = {"sluice", "--script-args", "a={pass=<redacted>,x=1},user=joe,token=<redacted>"};
  const auto whole = compare_secrets(arguments, "a={pass=p},token=t");
  EXPECT_TRUE(whole->missing.empty());
  EXPECT_TRUE(whole->others.empty());
  const auto other = compare_secrets(arguments, "a={pass=p,x=2,deep={y=1}},user=eve,new,tokens=t");
  EXPECT_THAT(other->missing, ElementsAre("token"));
  EXPECT_THAT(other->others, ElementsAre("new", "a.x", "a.deep", "user", "tokens"));
  EXPECT_FALSE(compare_secrets(arguments, "a={").has_value());
}
TEST(CompareSecrets, ValueThatTheCommandLineHasIsNoOther) {
  const Words arguments = {"sluice", "--script-args", "first,a={pass=<redacted>,x={1,2}},user=joe"};
  for (const char* given : {"first,a={pass=p,x={1,2}},user=joe", "a.pass=p,user=joe", "first,a={pass=p}"})
    EXPECT_THAT(compare_secrets(arguments, given)->others, testing::IsEmpty()) << given;
  EXPECT_THAT(compare_secrets(arguments, "second,a={pass=p,x={1,3}}")->others, ElementsAre("second", "a.x"));
}

}  // namespace
}  // namespace sluice
