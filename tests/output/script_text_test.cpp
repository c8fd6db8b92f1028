// SPDX-License-Identifier: Apache-2.0
#include "output/script_text.hpp"

#include <gtest/gtest.h>

#include "output/sample_report.hpp"

namespace sluice::output {
namespace {

std::string text(std::string output) { return script_text({"t", std::move(output), {}}); }

TEST(ScriptText, SingleLineHasClosingMark) { EXPECT_EQ(text("one line"), "|_t: one line\n"); }
TEST(ScriptText, LastOfSeveralLinesHasClosingMark) { EXPECT_EQ(text("l1\nl2\nl3"), "| t: l1\n| l2\n|_l3\n"); }
TEST(ScriptText, EmptyFirstLineKeepsTrailingBlank) { EXPECT_EQ(text("\na"), "| t: \n|_a\n"); }
TEST(ScriptText, OnlyOneFinalLineFeedIsRemoved) {
  EXPECT_EQ(text("a\n"), "|_t: a\n");
  EXPECT_EQ(text("a\n\n\n"), "| t: a\n| \n|_\n");
  EXPECT_EQ(text("\n"), "|_t: \n");
}
TEST(ScriptText, EmptyResultIsNotPrinted) { EXPECT_EQ(text(""), ""); }
TEST(ScriptText, TerminalControlAndHighBytesAreShownAsHex) {
  EXPECT_EQ(text("\x1b[2J\r\n\xc3\xa9"), "| t: \\x1B[2J\\x0D\n|_\\xC3\\xA9\n");
}

TEST(ScriptXml, ResultWithoutDataIsEmptyElement) {
  EXPECT_EQ(script_xml({"t", "a\n\"b\"\x1b", {}}), "<script id=\"t\" output=\"a&#xa;&quot;b&quot;\\x1B\"/>");
}
TEST(ScriptXml, TableItemsPrecedeFieldsOnSeparateLines) {
  const Value value{
      Value::Table{{Value{std::string("x")}, Value{Value::Table{{Value{std::int64_t{1}}, Value{std::int64_t{2}}}, {}}}},
                   {{"b", Value{Value::Table{{}, {{"c", Value{true}}}}}},
                    {"a", Value{2.0}},
                    {"s", Value{std::string()}},
                    {"e", Value{Value::Table{}}}}}};
  EXPECT_EQ(script_xml({"p", "o", value}),
            "<script id=\"p\" output=\"o\"><elem>x</elem>\n<table>\n<elem>1</elem>\n<elem>2</elem>\n</table>\n"
            "<table key=\"b\">\n<elem key=\"c\">true</elem>\n</table>\n<elem key=\"a\">2.0</elem>\n"
            "<elem key=\"s\"></elem>\n<table key=\"e\">\n</table>\n</script>");
}
TEST(ScriptXml, ScalarIsBareText) {
  EXPECT_EQ(script_xml({"z", "5", Value{std::int64_t{5}}}), "<script id=\"z\" output=\"5\">5</script>");
  EXPECT_EQ(script_xml({"z", "false", Value{false}}), "<script id=\"z\" output=\"false\">false</script>");
}

}  // namespace
}  // namespace sluice::output
