// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <sluice/completion.hpp>

namespace sluice {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

/// Three scripts and a library in a data directory of their own.
class CompleteTest : public ::testing::Test {
 protected:
  CompleteTest() {
    write("scripts/script.db",
          "Entry { filename = \"one.nse\", categories = { \"safe\", } }\n"
          "Entry { filename = \"other.nse\", categories = { \"default\", \"safe\", } }\n"
          "Entry { filename = \"third.nse\", categories = { \"default\", } }\n");
    write("scripts/one.nse", "local lib = require \"lib\"\n---\n-- @args one.path Path to request.\n");
    write("scripts/other.nse", "require('block')\n---\n-- @args other.user Name of the user.\n");
    write("scripts/third.nse", "error()\n");
    write("nselib/lib.lua",
          "---\n-- @args lib.agent Name of the agent.\n--   It goes on.\nlocal text = \"unfinished\n");
    write("nselib/block.lua",
          "--[[--\nA library.\n@args block.size Bytes.\n  @args block.time Seconds.\n]]\nreturn 1\n");
  }
  ~CompleteTest() override { fs::remove_all(directory_); }

  Completion completion(std::vector<std::string> words) {
    words.insert(words.begin(), {"--datadir", directory_.string()});
    return complete(words, {});
  }
  std::vector<std::string> texts(std::vector<std::string> words) {
    std::vector<std::string> all;
    for (const Candidate& candidate : completion(std::move(words)).candidates) all.push_back(candidate.text);
    return all;
  }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name) << text;
  }

  const fs::path directory_ = fs::temp_directory_path() / ("sluice-complete-" + std::to_string(::getpid()));
};

std::vector<std::string> texts_of(const std::vector<std::string>& words, const CompletionSources& sources = {}) {
  std::vector<std::string> all;
  for (const Candidate& candidate : complete(words, sources).candidates) all.push_back(candidate.text);
  return all;
}

TEST_F(CompleteTest, RuleBecomesNameOrCategory) {
  EXPECT_THAT(texts({"--script", "o"}), ElementsAre("one", "other"));
  EXPECT_THAT(completion({"--script", "sa"}).candidates, ElementsAre(Candidate{"safe", "category of 2 scripts"}));
  EXPECT_THAT(completion({"--script", "one"}).candidates, ElementsAre(Candidate{"one", "script: safe"}));
  EXPECT_TRUE(completion({"--script", "one"}).continues);
}

TEST_F(CompleteTest, LastRuleOfListAndExpressionIsCompleted) {
  EXPECT_THAT(texts({"--script", "one,th"}), ElementsAre("one,third"));
  EXPECT_THAT(texts({"--script", "not (sa"}), ElementsAre("not (safe"));
  EXPECT_THAT(texts({"--script", "+on"}), ElementsAre("+one"));
}

TEST_F(CompleteTest, AttachedValueKeepsTheOption) {
  EXPECT_THAT(texts({"--script=one,th"}), ElementsAre("--script=one,third"));
  EXPECT_THAT(texts({"-script=th"}), ElementsAre("-script=third"));
  EXPECT_EQ(completion({"-oX=out"}).prefix, "-oX=");
  EXPECT_EQ(completion({"-oX=out"}).paths, Completion::Paths::Files);
  EXPECT_EQ(completion({"--journal="}).prefix, "--journal=");
}

TEST_F(CompleteTest, ArgumentsAreThoseOfChosenScriptsAndTheirLibraries) {
  EXPECT_THAT(texts({"--script", "one", "--script-args", ""}), ElementsAre("lib.agent=", "one.path="));
  EXPECT_THAT(texts({"--script", "other", "--script-args", ""}),
              ElementsAre("block.size=", "block.time=", "other.user="));
  EXPECT_THAT(texts({"-sC", "--script-args", ""}), ElementsAre("block.size=", "block.time=", "other.user="));
  EXPECT_THAT(texts({"--script-args", ""}), IsEmpty());
  EXPECT_THAT(completion({"--script=other", "--script-args=o"}).candidates,
              ElementsAre(Candidate{"--script-args=other.user=", "Name of the user."}));
}

TEST_F(CompleteTest, ArgumentsAreAlsoThoseOfLibrariesThatLibrariesRequire) {
  write("nselib/lib.lua", "local deep = require \"sub.deep\"\n---\n-- @args lib.agent Name of the agent.\nreturn {}\n");
  write("nselib/sub/deep.lua", "local lib = require 'lib'\n---\n-- @args deepuser Name of the user.\nreturn {}\n");
  EXPECT_THAT(texts({"--script", "one", "--script-args", ""}), ElementsAre("deepuser=", "lib.agent=", "one.path="));
}

TEST_F(CompleteTest, ArgumentsGoOnBehindAComma) {
  EXPECT_THAT(texts({"--script", "one", "--script-args", "a=b,on"}), ElementsAre("a=b,one.path="));
  EXPECT_THAT(texts({"--script", "one", "--script-args", "a={on"}), ElementsAre("a={one.path="));
  EXPECT_THAT(texts({"--script", "one", "--script-args", "one.path=x"}), IsEmpty()) << "a value is completed";
}

TEST_F(CompleteTest, AbbreviationOfAnOptionIsRead) {
  EXPECT_THAT(texts({"--servi", "x", "--tim", "agg"}), ElementsAre("aggressive"));
  EXPECT_THAT(texts({"--script-h", "th"}), ElementsAre("third"));
}

TEST_F(CompleteTest, WrongOptionInFrontIsPassedOver) {
  EXPECT_THAT(texts({"--nonsense", "x", "--script", "th"}), ElementsAre("third"));
}

TEST(Complete, NamesOfOptionsComeFromTheTable) {
  EXPECT_THAT(texts_of({"--script-a"}), ElementsAre("--script-args", "--script-args-file"));
  EXPECT_THAT(texts_of({"-script-arg"}), ElementsAre("-script-args", "-script-args-file"));
  EXPECT_THAT(texts_of({"-oX"}), ElementsAre("-oX"));
  EXPECT_THAT(texts_of({"-sV"}), ElementsAre("-sV"));
  EXPECT_THAT(texts_of({"--sour"}), ElementsAre("--source-port"));
  EXPECT_THAT(texts_of({"--proxi"}), IsEmpty()) << "an option that sluice refuses";
}

TEST(Complete, AliasHasTheDescriptionOfItsOption) {
  const auto one = complete(std::vector<std::string>{"--source-p"}, {}).candidates;
  const auto other = complete(std::vector<std::string>{"-g"}, {}).candidates;
  ASSERT_EQ(one.size(), 1u);
  ASSERT_EQ(other.size(), 1u);
  EXPECT_EQ(one[0].description, other[0].description);
}

TEST(Complete, TimingIsCompletedAttachedAndApart) {
  EXPECT_THAT(texts_of({"-T"}), Contains("-T4"));
  EXPECT_THAT(texts_of({"-Tpa"}), ElementsAre("-Tparanoid"));
  EXPECT_THAT(texts_of({"-T", "p"}), ElementsAre("paranoid", "polite"));
}

TEST(Complete, InterfacesAreThoseOfTheMachine) { EXPECT_THAT(texts_of({"-e", "lo"}), Contains("lo")); }

TEST(Complete, CommandIsTheFirstWordOnly) {
  EXPECT_THAT(texts_of({"di"}), ElementsAre("diff"));
  EXPECT_THAT(texts_of({"-n", "di"}), IsEmpty());
}

TEST(Complete, CommandHasItsOwnOptions) {
  EXPECT_THAT(texts_of({"diff", "--"}),
              UnorderedElementsAre("--json", "--markdown", "--all", "--by-name", "--strict", "--why", "--help"));
  EXPECT_THAT(texts_of({"--mark"}), IsEmpty());
  EXPECT_THAT(texts_of({"convert", "a", "--to", "s"}), ElementsAre("sqlite"));
}

TEST(Complete, ExplainHasTheOptionsThatHaveAnEffect) {
  EXPECT_THAT(texts_of({"explain", "--script-t"}), ElementsAre("--script-timeout"));
  EXPECT_THAT(texts_of({"explain", "--max"}), IsEmpty());
  EXPECT_THAT(texts_of({"config", "--max-r"}),
              UnorderedElementsAre("--max-rate", "--max-retries", "--max-rtt-timeout"));
}

TEST(Complete, OperandsOfCommandsAreRunsAndFiles) {
  const CompletionSources sources{[] { return std::vector<Candidate>{{"@last", "run"}, {"@prev", "run"}}; }};
  EXPECT_THAT(texts_of({"show", ""}, sources), ElementsAre("@last", "@prev"));
  EXPECT_THAT(texts_of({"diff", "@prev", "@l"}, sources), ElementsAre("@last"));
  EXPECT_THAT(texts_of({"diff", "a", "b", ""}, sources), IsEmpty()) << "diff has two operands";
  EXPECT_THAT(texts_of({"--resume", "@"}, sources), ElementsAre("@last", "@prev"));
  EXPECT_THAT(texts_of({"@"}, sources), IsEmpty());
}

TEST(Complete, ProfilesAreThoseOfTheChosenFile) {
  const CompletionSources sources{{}, false, [](const std::optional<std::string>& config) {
                                    return std::vector<Candidate>{{"fast", ""}, {config.value_or("slow"), ""}};
                                  }};
  EXPECT_THAT(texts_of({"--profile", ""}, sources), ElementsAre("fast", "slow"));
  EXPECT_THAT(texts_of({"--profile=s"}, sources), ElementsAre("--profile=slow"));
  EXPECT_THAT(texts_of({"config", "--profile", "s"}, sources), ElementsAre("slow"));
  EXPECT_THAT(texts_of({"--config", "a.toml", "--profile", "a"}, sources), ElementsAre("a.toml"));
  EXPECT_THAT(texts_of({"--no-config", "--profile", ""}, sources), IsEmpty());
  EXPECT_THAT(texts_of({"--profile", ""}), IsEmpty());
}

TEST(Complete, NoOptionFollowsTwoDashes) {
  EXPECT_THAT(texts_of({"--", "--script"}), IsEmpty());
  EXPECT_THAT(texts_of({"--exclude", "--", "--script-h"}), ElementsAre("--script-help")) << "-- is a value";
}

}  // namespace
}  // namespace sluice
