// SPDX-License-Identifier: Apache-2.0
#include "script/documentation.hpp"

#include <gtest/gtest.h>

#include "support/random_text.hpp"

namespace sluice::script {
namespace {

constexpr std::string_view kScript = R"(local http = require "http"
local ok, ssl = pcall(require, "openssl")
local nothing = stdnse.silent_require('lfs')
local again = require("http")

description = [[
Shows the <code>title</code>, e.g. of Apache. A second sentence.

* an item
]]

---
-- @usage
-- nmap -p 80 --script title &lt;host&gt;
--   --script-args title.url=/
--
-- @args title.url  The page
--       to get. Default: <code>/</code>
-- @arg depth - How deep.
--      * none
--      * all
-- @args last
-- @output
-- PORT   STATE
-- |_title: x
-- @xmloutput
-- <elem key="title">&lt;</elem>
-- @see http-title.nse, http-enum.nse
-- @see a_function

author = "One"
license = "Same as " .. "Nmap"
categories = {"default", 'safe'; "discovery"}
dependencies = {"http-enum"}
if nmap.is_privileged() then
  function hostrule(host) categories = {"no"} end
end
local prerule
portrule, helper = http.rule({postrule = 1}), 2
action = function() end
)";

std::vector<std::string> texts_of(const std::vector<LocatedText>& list) {
  std::vector<std::string> texts;
  for (const LocatedText& each : list) texts.push_back(each.text);
  return texts;
}
using Texts = std::vector<std::string>;

TEST(ReadDocumentation, FieldsThatAreConstantsAreRead) {
  const Documentation found = read_documentation(kScript);
  EXPECT_EQ(found.description->text, "Shows the <code>title</code>, e.g. of Apache. A second sentence.\n\n* an item\n");
  EXPECT_EQ(found.description->line, 6U);
  EXPECT_EQ(texts_of(found.categories), (Texts{"default", "safe", "discovery"}));
  EXPECT_EQ(texts_of(found.dependencies), (Texts{"http-enum"}));
  EXPECT_EQ(texts_of(found.authors), (Texts{"One"}));
  EXPECT_EQ(found.license->text, "Same as Nmap");
}

TEST(ReadDocumentation, RulesAreThoseThatTheChunkAssigns) {
  EXPECT_EQ(read_documentation(kScript).rules, (Texts{"hostrule", "portrule"}));
  EXPECT_EQ(read_documentation("local function prerule() end x.hostrule = 1 f(function() postrule = 1 end)").rules,
            Texts{});
}

TEST(ReadDocumentation, LibrariesAreTheArgumentsOfRequireOnceEach) {
  EXPECT_EQ(texts_of(read_documentation(kScript).libraries), (Texts{"http", "openssl", "lfs"}));
}

TEST(ReadDocumentation, ArgumentsHaveNameAndFlowedText) {
  const auto arguments = read_documentation(kScript).arguments;
  ASSERT_EQ(arguments.size(), 3U);
  EXPECT_EQ(arguments[0].name, "title.url");
  EXPECT_EQ(arguments[0].text, "The page to get. Default: /");
  EXPECT_EQ(arguments[0].line, 17U);
  EXPECT_EQ(arguments[1].name, "depth");
  EXPECT_EQ(arguments[1].text, "How deep.\n* none\n* all");
  EXPECT_EQ(arguments[2].name, "last");
  EXPECT_EQ(arguments[2].text, "");
}

TEST(ReadDocumentation, NameOfArgumentHasNoPunctuationAndNoValue) {
  const auto arguments = read_documentation("-- @args a.b: one\n-- @args c=<value> two\n-- @args").arguments;
  ASSERT_EQ(arguments.size(), 2U);
  EXPECT_EQ(arguments[0].name, "a.b");
  EXPECT_EQ(arguments[1].name, "c");
}

TEST(ReadDocumentation, ArgumentsWithSeveralNamesAreSeparate) {
  const auto arguments = read_documentation("-- @args a.b (or a.c) one or a\n-- @args d or d.e two").arguments;
  ASSERT_EQ(arguments.size(), 4U);
  EXPECT_EQ(arguments[1].name, "a.c");
  EXPECT_EQ(arguments[1].text, "one or a");
  EXPECT_EQ(arguments[2].name, "d");
  EXPECT_EQ(arguments[3].name, "d.e");
  EXPECT_EQ(arguments[3].text, "two");
}

TEST(ReadDocumentation, ExamplesKeepLinesWithoutCommonIndentation) {
  const Documentation found = read_documentation(kScript);
  EXPECT_EQ(texts_of(found.usage), (Texts{"nmap -p 80 --script title <host>\n  --script-args title.url=/"}));
  EXPECT_EQ(texts_of(found.output), (Texts{"PORT   STATE\n|_title: x"}));
  EXPECT_EQ(texts_of(found.xml_output), (Texts{"<elem key=\"title\">&lt;</elem>"}));
  EXPECT_EQ(texts_of(found.see), (Texts{"http-title.nse", "http-enum.nse"}));
}

TEST(ReadDocumentation, TagEndsWithItsComment) {
  EXPECT_EQ(read_documentation("-- @args a one\n\n-- two").arguments[0].text, "one");
  EXPECT_EQ(read_documentation("-- @args a one\nx = 1 -- two\n-- three").arguments[0].text, "one");
  EXPECT_EQ(read_documentation("--[[\n@args a one\ntwo]]\n-- three").arguments[0].text, "one two");
  EXPECT_TRUE(read_documentation("x = 1 -- @args a one").arguments.empty());
}

TEST(ReadDocumentation, FieldsOfTablesAndFunctionsAreNotFieldsOfTheScript) {
  const Documentation found = read_documentation(
      "t = {description = 'a', categories = {'x'}} function f() license = 'b' end local author = 'c' t.author = 'd'");
  EXPECT_FALSE(found.description);
  EXPECT_FALSE(found.license);
  EXPECT_TRUE(found.categories.empty());
  EXPECT_TRUE(found.authors.empty());
}

TEST(ReadDocumentation, AnyTextIsRead) {
  for (unsigned seed = 0; seed < 2000; ++seed)
    read_documentation("description = [[x]]\n-- @args a b\n" +
                       test::random_text(seed, "{}()-@\nargs=[]'\"end function ,."));
}

TEST(FirstSentence, AbbreviationsAndNamesDoNotEndIt) {
  EXPECT_EQ(first_sentence("\nFinds hosts (e.g. A) of nmap.org etc.\nB\n vs. C. Next. "),
            "Finds hosts (e.g. A) of nmap.org etc. B vs. C.");
  EXPECT_EQ(first_sentence("Finds a hole (ms1, a.k.a. Blue). Next."), "Finds a hole (ms1, a.k.a. Blue).");
  EXPECT_EQ(first_sentence("Finds hosts of the U.S. Army. Next."), "Finds hosts of the U.S. Army.");
  EXPECT_EQ(first_sentence("Two  blanks.  Next."), "Two blanks.");
  EXPECT_EQ(first_sentence("No full stop\n\nNext."), "No full stop");
  EXPECT_EQ(first_sentence("Ends."), "Ends.");
  EXPECT_EQ(first_sentence(""), "");
}

TEST(WithoutMarkup, PlaceholdersRemain) {
  EXPECT_EQ(without_markup("<code>a</code> <host> &lt;b&gt; <a href=\"x\">c</a> 1 < 2 &amp;lt;"),
            "a <host> <b> c 1 < 2 &lt;");
}

}  // namespace
}  // namespace sluice::script
