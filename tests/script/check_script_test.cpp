// SPDX-License-Identifier: Apache-2.0
#include "script/check_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "support/random_text.hpp"

namespace sluice::script {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Libraries and scripts in memory.
class FakeSurroundings final : public ScriptSurroundings {
 public:
  const LibraryFacts& library(const std::string& name) override { return libraries[name]; }
  std::optional<std::vector<std::string>> dependencies_of(const std::string& id) override {
    const auto found = scripts.find(id);
    return found == scripts.end() ? std::nullopt : std::optional(found->second);
  }

  std::map<std::string, LibraryFacts> libraries{
      {"stdnse", library_facts("_ENV = module()\nfunction debug1() end function get_script_args() end return _ENV;")},
      {"http",
       library_facts("local stdnse = require 'stdnse'\nlocal smbauth = require 'smbauth'\n-- @args http.host x\n"
                     "_ENV = stdnse.module('http')\nfunction get() return stdnse.get_script_args('http.host') "
                     "end _M.post = 1 return _ENV")},
      {"smbauth", library_facts("-- @args smbuser x\nlocal M = {} return M")},
      {"data/prints", library_facts("x = get_script_args('prints.path')")}};
  std::map<std::string, std::vector<std::string>> scripts{{"other", {}}, {"a", {"b"}}, {"b", {"me"}}};
};

constexpr std::string_view kHead = R"(description = [[x]]
author = "a"
license = "l"
categories = {"safe"}
-- @usage u
-- @output o
)";

/// Returns "LINE check: text" for each finding of a script.
std::vector<std::string> findings_of(const std::string& source) {
  FakeSurroundings surroundings;
  std::vector<std::string> lines;
  for (const Finding& finding : check_script(CheckedScript("me", source), surroundings))
    lines.push_back(std::to_string(finding.line) + ' ' + finding.check + ": " + finding.text);
  return lines;
}
/// The same for a script that has all fields and is extended by `source`, which begins at line 7.
std::vector<std::string> findings_with(const std::string& source) {
  return findings_of(std::string(kHead) + source + "\nfunction portrule() end function action() end");
}

TEST(CheckScript, ScriptWithoutMistakeHasNoFinding) {
  EXPECT_THAT(findings_with(""), IsEmpty());
  EXPECT_THAT(findings_with("local http = require 'http' x = http.get('y') .. tostring(host) host = SCRIPT_TYPE"),
              IsEmpty());
}

TEST(CheckScript, MissingFieldsAreFound) {
  EXPECT_THAT(findings_of("-- @usage u\n-- @output o"),
              ElementsAre("1 field: the field 'author' is missing",
                          "1 field: the field 'categories' is missing; no category selects the script",
                          "1 field: the field 'description' is missing", "1 field: the field 'license' is missing",
                          "1 field: there is no function 'action'",
                          "1 field: there is no rule; set prerule, hostrule, portrule or postrule to a function"));
  EXPECT_THAT(findings_of(std::string(kHead) + "if nmap.x then portrule = nmap.y end action = print"), IsEmpty());
}

TEST(CheckScript, FunctionThatIsLocalIsNoField) {
  EXPECT_THAT(findings_of(std::string(kHead) + "local function portrule() end local action = print postrule = print"),
              ElementsAre("1 field: there is no function 'action'"));
}

TEST(CheckScript, FieldsOfWrongTypeAreFound) {
  EXPECT_THAT(findings_of(std::string(kHead) + "portrule = 'x' action = {}"),
              ElementsAre("7 field: 'action' is a table; it must be a function",
                          "7 field: 'portrule' is a string; it must be a function"));
  EXPECT_THAT(findings_with("dependencies = 'other'"),
              ElementsAre("7 field: 'dependencies' is a string; it must be a table"));
  EXPECT_THAT(findings_with("dependencies = {'other'}"), IsEmpty());
}

TEST(CheckScript, ItemsOfListsThatAreNoStringsAreFound) {
  for (const char* list : {"{'safe',\n5, true}", "{'safe',\ntrue}", "{'safe';\n{'vuln'}}", "{'safe',\n5\n}"}) {
    std::string source(kHead);
    source.replace(source.find("{\"safe\"}"), 8, list);
    EXPECT_THAT(findings_of(source + "function portrule() end function action() end"),
                ElementsAre("5 field: 'categories' has an item that is no string"))
        << list;
  }
  EXPECT_THAT(findings_with("dependencies = {5}"),
              ElementsAre("7 field: 'dependencies' has an item that is no string"));
  EXPECT_THAT(findings_with("dependencies = {'other', nil, 5}"), IsEmpty()) << "the list ends at nil";
  EXPECT_THAT(
      findings_with("dependencies = {'oth' .. 'er', 5 .. 'x', n = {5}, ['x'] = true, f(5, true, 5)}\nf = print"),
      IsEmpty());
}

TEST(CheckScript, MisspeltFieldsAreFound) {
  EXPECT_THAT(findings_with("dependancies = {'other'}"),
              ElementsAre("7 field: 'dependancies' is no field of a script; did you mean 'dependencies'?"));
  EXPECT_THAT(findings_with("runlevel = 2"), testing::SizeIs(1));
  EXPECT_THAT(findings_with("local dependancies = {'other'} reaction = {} actions = 1"), IsEmpty());
}

TEST(CheckScript, MisspeltFieldsBesideTheRightOneAreFound) {
  EXPECT_THAT(findings_with("catgories = {'safe'}"),
              ElementsAre("7 field: 'catgories' is no field of a script; did you mean 'categories'?"));
  EXPECT_THAT(findings_with("function portule() end"), testing::SizeIs(1));
  EXPECT_THAT(findings_with("function preaction() end function hostaction() end copyright = 'x' Driver = {}"),
              IsEmpty());
}

TEST(CheckScript, UnknownAndRepeatedCategoriesAreFound) {
  const auto with_categories = [](const std::string& list) {
    std::string source(kHead);
    source.replace(source.find("{\"safe\"}"), 8, list);
    return findings_of(source + "function portrule() end function action() end");
  };
  EXPECT_THAT(with_categories("{'safe', 'discovry'}"),
              ElementsAre("4 category: 'discovry' is no category of NSE; did you mean 'discovery'?"));
  EXPECT_THAT(with_categories("{'safe',\n'Safe'}"), ElementsAre("5 category: 'Safe' is given twice"));
  EXPECT_THAT(with_categories("{}"), ElementsAre("4 field: 'categories' is empty; no category selects the script"));
  EXPECT_THAT(with_categories("{'Safe', 'discovery', 'vuln'}"), IsEmpty());
}

TEST(CheckScript, GlobalThatNothingDeclaresIsFoundOnce) {
  EXPECT_THAT(findings_with("function f() return hots, hots end"),
              ElementsAre("7 global: the global 'hots' is read, but nothing declares it"));
  EXPECT_THAT(findings_with("function f() return helpr() end\nhelper = 1"),
              ElementsAre("7 global: the global 'helpr' is read, but nothing declares it; did you mean 'helper'?"));
  EXPECT_THAT(findings_with("function f() couter = 1 return conter end"),
              testing::Contains(testing::EndsWith("'couter'?")));
  EXPECT_THAT(findings_with("function f() return http.get() end"),
              ElementsAre("7 global: the global 'http' is read, but nothing declares it; add local http = require "
                          "\"http\""));
  EXPECT_THAT(findings_with("function f() return later, string.rep, SCRIPT_NAME end later = 1"), IsEmpty());
}

TEST(CheckScript, GlobalThatOnlyFunctionsAssignIsFound) {
  EXPECT_THAT(findings_with("function f() result = {} return result end"),
              ElementsAre("7 global: a function assigns the undeclared global 'result'; write local in front of it, or "
                          "declare it outside of functions"));
  EXPECT_THAT(findings_with("result = nil function f() result = {} return result end"), IsEmpty());
  EXPECT_THAT(findings_with("function f() local result = {} return result end"), IsEmpty());
}

TEST(CheckScript, MissingLibrariesAreFoundUnlessGuarded) {
  EXPECT_THAT(findings_with("x = require 'htpp'"), ElementsAre("7 library: there is no library 'htpp'"));
  EXPECT_THAT(findings_with("x = pcall(require, 'htpp') y = require 'openssl' z = require 'http'"), IsEmpty());
}

TEST(CheckScript, MembersThatALibraryLacksAreFound) {
  EXPECT_THAT(findings_with("local http = require 'http' x = http.gett()"),
              ElementsAre("7 member: the library 'http' has no 'gett'; did you mean 'get'?"));
  EXPECT_THAT(findings_with("local http = require 'http' x = http.get(http.post) http.own = 1 y = http.own"),
              IsEmpty());
  EXPECT_THAT(findings_with("local stdnse = require 'stdnse' x = stdnse.new_thread"), IsEmpty());
  EXPECT_THAT(findings_with("local smbauth = require 'smbauth' x = smbauth.anything"), IsEmpty());
}

TEST(CheckScript, LibrariesThatAreNotUsedAreFound) {
  EXPECT_THAT(findings_with("local http = require 'http'"),
              ElementsAre("7 unused: the local variable 'http' is never used"));
  EXPECT_THAT(findings_with("local http = require 'http' function f() return http end"), IsEmpty());
}

TEST(CheckScript, MissingExamplesAreFound) {
  std::string source(kHead);
  source.replace(source.find("-- @usage"), 9, "-- @usge ");
  source.replace(source.find("-- @output"), 10, "-- output ");
  EXPECT_THAT(findings_of(source + "function portrule() end function action() end"),
              ElementsAre("1 documentation: the documentation has no example of a command (@usage)",
                          "1 documentation: the documentation has no example of the output (@output)",
                          "5 documentation: '@usge' is no tag; did you mean '@usage'?"));
}

TEST(CheckScript, ArgumentsThatAreReadAndNotDocumentedAreFound) {
  const std::string reads = "local stdnse = require 'stdnse' function f() return stdnse.get_script_args(";
  EXPECT_THAT(findings_with(reads + "SCRIPT_NAME .. '.path') end"),
              ElementsAre("7 argument: the argument 'me.path' is not documented; add @args"));
  EXPECT_THAT(findings_with("-- @args me.path x\n" + reads + "'path') end"), IsEmpty());
  EXPECT_THAT(findings_with("-- @args path x\n" + reads + "'me.path', {'old.path', 'me.path'}) end"), IsEmpty());
  EXPECT_THAT(findings_with("-- @args me.path x\n" + reads + "'me.path', 'old.path') end"), IsEmpty());
  EXPECT_THAT(findings_with("-- @args me.path x\n" + reads + "'old.path') end"),
              ElementsAre("8 argument: the argument 'old.path' is not documented; add @args"));
  EXPECT_THAT(findings_with("local http = require 'http' x = http.get()\n" + reads + "'http.host', 'smbuser') end"),
              IsEmpty());
}

TEST(CheckScript, DocumentedArgumentsThatNothingReadsAreFound) {
  EXPECT_THAT(findings_with("-- @args me.path x"),
              ElementsAre("7 argument: the documented argument 'me.path' is read neither by the script nor by its "
                          "libraries"));
  EXPECT_THAT(findings_with("-- @args me.path x\n\nlocal paths = 'xpath'"), testing::SizeIs(1));
  EXPECT_THAT(findings_with("-- @args me.path x\n\nlocal x = nmap.registry.args.path"), IsEmpty());
  EXPECT_THAT(findings_with("-- @args me.[name] x\n-- @args http.host x\n\nlocal http = require 'http' x = http.get"),
              IsEmpty());
  EXPECT_THAT(findings_with("-- @args prints.path x\n\nlocal file = 'nselib/data/prints.lua'"), IsEmpty());
}

TEST(CheckScript, WrongDependenciesAreFound) {
  EXPECT_THAT(findings_with("dependencies = {'other', 'othr',\n'other.nse', 'other'}"),
              ElementsAre("7 dependency: there is no script 'othr'", "8 dependency: 'other' is given twice",
                          "8 dependency: there is no script 'other.nse'; write the name without .nse"));
  EXPECT_THAT(findings_with("dependencies = {'a'}"),
              ElementsAre("7 dependency: the dependency is circular: me -> a -> b -> me"));
  EXPECT_THAT(findings_with("dependencies = {'me'}"),
              ElementsAre("7 dependency: the dependency is circular: me -> me"));
  EXPECT_THAT(findings_with("dependencies = {'other'}"), IsEmpty());
}

TEST(CheckScript, AnyTextIsChecked) {
  constexpr std::string_view kAlphabet = "a.b=c(){}[]'\",:;\n function end local require 'http' return @args ";
  for (unsigned seed = 0; seed < 200; ++seed) findings_with(test::random_text(seed, kAlphabet));
}

TEST(HasWord, PartsOfWordsAreNoWords) {
  EXPECT_TRUE(has_word("\na.path\n", "path"));
  EXPECT_TRUE(has_word("xpath path", "path"));
  EXPECT_FALSE(has_word("xpath paths _path", "path"));
}

}  // namespace
}  // namespace sluice::script
