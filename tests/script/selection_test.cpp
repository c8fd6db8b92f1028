// SPDX-License-Identifier: Apache-2.0
#include "script/selection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace sluice::script {
namespace {

/// Script files in memory. `found_` maps a searched name to the result, `lists_` a directory to its files.
class FakeFiles : public ScriptFiles {
 public:
  Found find(const std::string& name) const override {
    const auto found = found_.find(name);
    return found == found_.end() ? Found{} : found->second;
  }
  std::vector<std::string> list(const std::string& directory) const override { return lists_.at(directory); }

  std::map<std::string, Found> found_{{"banner.nse", {Kind::File, "/data/scripts/banner.nse"}},
                                      {"ssl-cert.nse", {Kind::File, "/data/scripts/ssl-cert.nse"}},
                                      {"brute.nse", {Kind::File, "/data/scripts/brute.nse"}},
                                      {"mine", {Kind::Nothing, ""}},
                                      {"mine.nse", {Kind::File, "mine.nse"}},
                                      {"plain", {Kind::File, "plain"}},
                                      {"lots", {Kind::Directory, "lots"}},
                                      {"lots/", {Kind::Directory, "lots/"}},
                                      {"lots/a.nse", {Kind::File, "lots/a.nse"}},
                                      {"empty", {Kind::Directory, "empty"}},
                                      {"/elsewhere/banner.nse", {Kind::File, "/elsewhere/banner.nse"}}};
  std::map<std::string, std::vector<std::string>> lists_{{"lots/", {"b.nse", "a.nse", "readme", "c.nse.bak"}},
                                                         {"empty/", {"readme"}}};
};

const std::vector<Entry> kDatabase{{"banner.nse", {"default", "safe"}},
                                   {"ssl-cert.nse", {"default", "safe"}},
                                   {"brute.nse", {"intrusive"}},
                                   {"gone.nse", {"gone"}}};

Result<Selection> select(const std::string& option) { return select(parse_rules({option}), kDatabase, FakeFiles()); }

/// "ID HOW[+], ..." for the selected scripts, or the error. "+" means forced.
std::string show(const std::string& option) {
  const auto selection = select(option);
  if (!selection) return selection.error().message;
  std::string text;
  for (const ChosenScript& script : selection->scripts)
    text +=
        (text.empty() ? "" : ", ") + script.id + " " + std::string(to_text(script.how)) + (script.forced ? "+" : "");
  return text;
}

TEST(Selection, ScriptsAreInDatabaseOrder) {
  EXPECT_EQ(show("ssl-cert,default"), "banner category, ssl-cert name");
  EXPECT_EQ(show("intrusive or default"), "banner category, ssl-cert category, brute category");
  EXPECT_EQ(select("banner")->scripts[0].path, "/data/scripts/banner.nse");
}

TEST(Selection, AnyForcingRuleForcesMatchingScripts) {
  EXPECT_EQ(show("default,+banner"), "banner category+, ssl-cert category");
  EXPECT_EQ(show("+banner,banner"), "banner name+");
  EXPECT_EQ(show("mine,+mine"), "mine file path+");
  EXPECT_EQ(show("lots,+lots/a.nse"), "a directory+, b directory");
}

TEST(Selection, FirstMatchingRuleDeterminesHowScriptIsSelected) {
  EXPECT_EQ(show("default,banner"), "banner category, ssl-cert category");
  EXPECT_EQ(show("banner,+default"), "banner name+, ssl-cert category+");
  EXPECT_EQ(show("+banner,default"), "banner name+, ssl-cert category");
}

TEST(Selection, OnlyNamesAndFilePathsAreByName) {
  EXPECT_TRUE(select("banner")->scripts[0].by_name());
  EXPECT_TRUE(select("mine")->scripts[0].by_name());
  EXPECT_FALSE(select("default")->scripts[0].by_name());
  EXPECT_FALSE(select("lots/")->scripts[0].by_name());
}

TEST(Selection, RuleWithoutMatchIsTakenAsFile) {
  EXPECT_EQ(show("mine"), "mine file path");
  EXPECT_EQ(show("mine.nse"), "mine file path");
  EXPECT_EQ(show("+mine,banner"), "banner name, mine file path+");
}

TEST(Selection, FileWithOtherExtensionIsWarnedOf) {
  const auto selection = select("plain");
  EXPECT_EQ(selection->scripts[0].id, "plain");
  ASSERT_EQ(selection->warnings.size(), 1u);
  EXPECT_EQ(selection->warnings[0], "loading 'plain' -- the recommended file extension is '.nse'");
}

TEST(Selection, DirectoryIsAcceptedWithAndWithoutFinalSlash) {
  EXPECT_EQ(show("lots/"), "a directory, b directory");
  EXPECT_EQ(show("lots"), "a directory, b directory");
  EXPECT_EQ(select("lots")->scripts[0].path, "lots/a.nse");
  EXPECT_EQ(select("empty")->warnings, std::vector<std::string>{"directory 'empty' contains no scripts (*.nse)"});
}

TEST(Selection, RuleWithoutMatchOrFileIsError) {
  for (const char* rule : {"nosuch", "false", "default and nosuch", "banner or", "++banner"})
    EXPECT_THAT(
        show(std::string("banner,") + rule),
        testing::StartsWith("'" + Rule::parse(rule).text() + "' did not match a category, filename, or directory"));
}

TEST(Selection, ErrorSuggestsNameForMisspelling) {
  EXPECT_THAT(show("baner"), testing::EndsWith("; did you mean 'banner'?"));
  EXPECT_THAT(show("defualt"), testing::EndsWith("; did you mean 'default'?"));
  EXPECT_THAT(show("ban\u2011ner"), testing::EndsWith("; did you mean 'banner'?"));
  EXPECT_THAT(show("none\u2014of these"),
              testing::EndsWith(": it has an em dash (U+2014) in place of -; did you mean none-of these?"));
}

TEST(Selection, DuplicateIdIsErrorAndRepeatedPathIsNot) {
  EXPECT_EQ(show("banner,/elsewhere/banner.nse"),
            "duplicate script ID: 'banner' (/data/scripts/banner.nse and /elsewhere/banner.nse)");
  EXPECT_EQ(show("mine,mine.nse,mine"), "mine file path");
  EXPECT_EQ(show("lots,lots/a.nse"), "a directory, b directory");
}

TEST(Selection, EntryWithoutFileIsWarnedOf) {
  const auto selection = select("gone");
  ASSERT_TRUE(selection);
  EXPECT_TRUE(selection->scripts.empty());
  EXPECT_EQ(selection->warnings,
            std::vector<std::string>{
                "script.db lists 'gone.nse', which does not exist; --script-updatedb writes script.db again"});
}

TEST(Selection, EmptyRulesSelectNothing) { EXPECT_EQ(show(""), ""); }

}  // namespace
}  // namespace sluice::script
