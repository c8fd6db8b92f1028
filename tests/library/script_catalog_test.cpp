// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sluice/script_catalog.hpp>
#include <sluice/script_check.hpp>

// The documentation of scripts, and the check of scripts, from a data directory.

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A data directory with one library and a few scripts.
struct ScriptDirectory : testing::Test {
  ScriptDirectory() {
    std::string name = "/tmp/sluice-scripts-XXXXXX";
    directory = ::mkdtemp(name.data());
    places.datadir = directory.string();
    write("nselib/first.lua", "-- @args first.a One\n-- @args both Two\nlocal second = require 'second'\nreturn {}");
    write("nselib/second.lua", "-- @args second.b Three\nlocal first = require 'first'\nreturn {}");
    write("scripts/alpha.nse",
          "local first = require 'first'\ndescription = [[Does alpha. More.]]\ncategories = {'safe'}\n"
          "-- @args both Own\nportrule = first.rule\naction = print");
    write("scripts/beta.nse", "categories = {'intrusive'} dependencies = {'alpha'} error('is not run')");
    write("scripts/script.db",
          "Entry { filename = \"alpha.nse\", categories = { \"safe\", } }\n"
          "Entry { filename = \"beta.nse\", categories = { \"intrusive\", } }\n");
  }
  ~ScriptDirectory() override { std::filesystem::remove_all(directory); }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((directory / name).parent_path());
    std::ofstream(directory / name) << text;
  }
  [[nodiscard]] std::vector<std::string> ids(const std::vector<std::string>& rules) const {
    const auto pages = describe_scripts(rules, places);
    if (!pages) return {pages.error().message};
    std::vector<std::string> found;
    for (const ScriptPage& page : pages->scripts) found.push_back(page.id);
    return found;
  }

  std::filesystem::path directory;
  ScriptPlaces places;
};

TEST_F(ScriptDirectory, RulesSelectScriptsAsForARun) {
  EXPECT_THAT(ids({}), ElementsAre("alpha", "beta"));
  EXPECT_THAT(ids({"not safe"}), ElementsAre("beta"));
  EXPECT_THAT(ids({"al*,intrusive"}), ElementsAre("alpha", "beta"));
  EXPECT_THAT(ids({(directory / "scripts/alpha.nse").string()}), ElementsAre("alpha"));
  EXPECT_THAT(ids({(directory / "scripts").string()}), ElementsAre("alpha", "beta"));
  EXPECT_THAT(ids({"alhpa"}),
              ElementsAre("'alhpa' did not match a category, filename, or directory; did you mean 'alpha'?"));
}

TEST_F(ScriptDirectory, ArgumentsOfLibrariesAreInheritedOnceEach) {
  const auto pages = describe_scripts({"alpha"}, places);
  ASSERT_TRUE(pages);
  std::vector<std::string> arguments;
  for (const ScriptArgument& argument : pages->scripts.at(0).arguments)
    arguments.push_back(argument.library + ':' + argument.name + ':' + argument.text);
  EXPECT_THAT(arguments, ElementsAre(":both:Own", "first:first.a:One", "second:second.b:Three"));
  EXPECT_EQ(pages->scripts[0].summary, "Does alpha.");
  EXPECT_THAT(pages->scripts[0].rules, ElementsAre("portrule"));
}

TEST_F(ScriptDirectory, NamesAreThoseOfTheDatabase) {
  const auto names = script_names(places);
  ASSERT_TRUE(names);
  ASSERT_EQ(names->size(), 2U);
  EXPECT_EQ(names->at(1).id, "beta");
  EXPECT_THAT(names->at(1).categories, ElementsAre("intrusive"));
  write("scripts/script.db", "damaged");
  EXPECT_THAT(script_names(places).error().message, HasSubstr("script.db is damaged at line 1"));
}

TEST_F(ScriptDirectory, DatabaseThatListsAMissingScriptGivesAWarning) {
  std::filesystem::remove(directory / "scripts/beta.nse");
  const auto pages = describe_scripts({}, places);
  ASSERT_TRUE(pages);
  EXPECT_THAT(pages->warnings, ElementsAre(HasSubstr("'beta.nse', which does not exist")));
}

TEST_F(ScriptDirectory, CheckReadsLibrariesAndScriptsOfTheDirectory) {
  write("mine/gamma.nse",
        "local third = require 'third'\nlocal first = require 'first'\ndependencies = {'alpha', 'delta', 'epsilon'}\n"
        "return first, third");
  write("mine/delta.nse", "dependencies = {'gamma'}");
  const auto found = check_scripts({(directory / "mine/gamma.nse").string()}, places);
  ASSERT_TRUE(found);
  std::vector<std::string> texts;
  for (const ScriptFinding& finding : *found)
    if (finding.line > 1 || finding.severity == ScriptFinding::Severity::Error) texts.push_back(finding.text);
  EXPECT_THAT(texts, testing::IsSupersetOf({HasSubstr("no library 'third'"), HasSubstr("no script 'epsilon'"),
                                            HasSubstr("gamma -> delta -> gamma")}));
  for (const std::string& text : texts) EXPECT_THAT(text, testing::Not(HasSubstr("'alpha'")));
}

TEST_F(ScriptDirectory, CheckOfWrongSyntaxHasOnlyTheErrorOfLua) {
  const std::string path = (directory / (std::string(200, 'x') + ".nse")).string();
  std::ofstream(path) << "\nx = = 1";
  const auto found = check_scripts({path}, places);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().path, path);
  EXPECT_EQ(found->front().line, 2U);
  EXPECT_EQ(found->front().text, "unexpected symbol near '='");
  EXPECT_EQ(found->front().check, "syntax");
  EXPECT_EQ(to_text(found->front().severity), "error");
}

TEST_F(ScriptDirectory, CheckRefusesWhatItCannotRead) {
  EXPECT_THAT(check_scripts({(directory / "missing.nse").string()}, places).error().message,
              HasSubstr("missing.nse': No such file"));
  EXPECT_THAT(check_scripts({(directory / "nselib").string()}, places).error().message,
              HasSubstr("the directory has no scripts (*.nse)"));
}

}  // namespace
}  // namespace sluice
