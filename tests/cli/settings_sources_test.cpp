// SPDX-License-Identifier: Apache-2.0
#include "cli/settings_sources.hpp"

#include <gmock/gmock.h>

#include "cli/history_directory.hpp"
#include "cli/run_fixture.hpp"

namespace sluice::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;
using testing::StartsWith;

TEST(UserSettingsFile, ConfigurationDirectoryTakesPrecedenceOverHome) {
  EXPECT_THAT(user_settings_file({.home = "/h", .config_home = "/c"}), Optional(std::string("/c/sluice/sluice.toml")));
  EXPECT_THAT(user_settings_file({.home = "/h", .config_home = "c"}),
              Optional(std::string("/h/.config/sluice/sluice.toml")));
  EXPECT_EQ(user_settings_file({}), std::nullopt);
}

TEST(UserSettingsFile, UnderSudoItIsThatOfRoot) {
  EXPECT_THAT(user_settings_file({.by_sudo = true, .home = "/h", .root_home = "/root", .config_home = "/c"}),
              Optional(std::string("/root/.config/sluice/sluice.toml")));
}

CommandLine with_config(std::string path) {
  CommandLine command;
  command.config = std::move(path);
  return command;
}
CommandLine with_profile(std::string name) {
  CommandLine command;
  command.profile = std::move(name);
  return command;
}
CommandLine without_config() {
  CommandLine command;
  command.no_config = true;
  return command;
}

struct FindSettings : RunFixture {
  /// Returns the options that are found, or the error.
  std::vector<std::string> find(const CommandLine& command = {}) {
    const auto found = find_settings(sources, command);
    if (!found) return {found.error().message};
    std::vector<std::string> options;
    for (const Setting& setting : found->settings) options.push_back(setting.option + '=' + setting.value);
    return options;
  }
  SettingsSources sources{{path("system.toml"), path("user.toml")}, {}};
};

struct FindProfiles : FindSettings {
  /// Returns the profiles, each as "NAME FILE".
  std::vector<std::string> profiles(const std::optional<std::string>& config = std::nullopt) {
    std::vector<std::string> found;
    for (const Profile& profile : find_profiles(sources, config))
      found.push_back(profile.name + ' ' + profile.path.substr(profile.path.rfind('/') + 1));
    return found;
  }
};

TEST_F(FindProfiles, AreThoseOfAllFilesInTheOrderOfTheirNames) {
  EXPECT_THAT(profiles(), IsEmpty());
  write("system.toml", "[profile.slow]\n[profile.day]\nT = 4\n");
  write("user.toml", "[profile.slow]\n[profile.\"at night\"]\n");
  EXPECT_THAT(profiles(), ElementsAre("at night user.toml", "day system.toml", "slow system.toml"));
}

TEST_F(FindProfiles, ChosenFileReplacesTheOthers) {
  write("user.toml", "[profile.user]\n");
  write("own.toml", "[profile.own]\n");
  write("other.toml", "[profile.other]\n");
  EXPECT_THAT(profiles(path("own.toml")), ElementsAre("own own.toml"));
  sources.variables = {"SLUICE_CONFIG=" + path("other.toml")};
  EXPECT_THAT(profiles(), ElementsAre("other other.toml"));
  EXPECT_THAT(profiles(path("own.toml")), ElementsAre("own own.toml"));
  sources.variables = {"SLUICE_NO_CONFIG=true"};
  EXPECT_THAT(profiles(), IsEmpty());
  EXPECT_THAT(profiles(path("own.toml")), ElementsAre("own own.toml"));
}

TEST_F(FindProfiles, FileWithAnErrorIsLeftOut) {
  write("system.toml", "wrong\n[profile.a]\n");
  write("user.toml", "[profile.b]\n");
  EXPECT_THAT(profiles(), ElementsAre("b user.toml"));
}

TEST_F(FindSettings, MissingFilesGiveNone) { EXPECT_THAT(find(), IsEmpty()); }

TEST_F(FindSettings, FilesAndVariablesAreReadInTheOrderOfTheirPrecedence) {
  write("system.toml", "T = 1\nmax-rate = 1\nttl = 1\n");
  write("user.toml", "max-rate = 2\nttl = 2\n[profile.p]\nttl = 3\n");
  EXPECT_THAT(find(), ElementsAre("T=1", "max-rate=2", "ttl=2"));
  EXPECT_THAT(find(with_profile("p")), ElementsAre("T=1", "max-rate=2", "ttl=3"));
  sources.variables = {"SLUICE_PROFILE=p", "SLUICE_TIMING=4"};
  EXPECT_THAT(find(), ElementsAre("max-rate=2", "ttl=3", "timing=4"));
}

TEST_F(FindSettings, ConfigReadsOneFileInsteadOfTheOthers) {
  write("system.toml", "T = 1\n");
  write("own.toml", "max-rate = 1\n");
  write("other.toml", "max-rate = 2\n");
  EXPECT_THAT(find(with_config(path("own.toml"))), ElementsAre("max-rate=1"));
  sources.variables = {"SLUICE_CONFIG=" + path("other.toml")};
  EXPECT_THAT(find(), ElementsAre("max-rate=2"));
  EXPECT_THAT(find(with_config(path("own.toml"))), ElementsAre("max-rate=1"));
  EXPECT_THAT(find(with_config(path("none.toml"))),
              ElementsAre("--config: " + path("none.toml") + ": there is no such file"));
}

TEST_F(FindSettings, NoConfigReadsNothing) {
  write("system.toml", "error\n");
  sources.variables = {"SLUICE_OPEN=maybe"};
  EXPECT_THAT(find(without_config()), IsEmpty());
  sources.variables.emplace_back("SLUICE_NO_CONFIG=1");
  EXPECT_THAT(find(), IsEmpty());
  EXPECT_THAT(find(with_profile("p")),
              ElementsAre("--profile: SLUICE_NO_CONFIG turns settings off; unset this variable"));
}

TEST_F(FindSettings, FileThatOthersCanWriteIsRefused) {
  write("user.toml", "T = 1\n");
  std::filesystem::permissions(path("user.toml"), std::filesystem::perms(0646));
  EXPECT_THAT(find(),
              ElementsAre(path("user.toml") + ": can be written by other users; chmod go-w it if you trust it"));
}

TEST_F(FindSettings, UnknownProfileNamesItsChooser) {
  EXPECT_THAT(find(with_profile("p")), ElementsAre(StartsWith("--profile: no settings file has a profile")));
  sources.variables = {"SLUICE_PROFILE=p"};
  EXPECT_THAT(find(), ElementsAre(StartsWith("SLUICE_PROFILE: no settings file has a profile")));
}

struct RunWithSettings : FindSettings {
  int run_settled(std::vector<std::string> arguments, const MakeEngine& make_engine) {
    arguments.insert(arguments.begin(), "sluice");
    const Redirected out(STDOUT_FILENO, path("stdout")), err(STDERR_FILENO, path("stderr"));
    return cli::run(arguments, make_engine, sources);
  }
};

TEST_F(RunWithSettings, EngineGetsTheOptionsInForce) {
  write("user.toml", "max-rate = 2\n");
  Options given;
  const auto keep = [&](Options options, Observer&) -> Result<std::unique_ptr<Engine>> {
    given = std::move(options);
    return Error{"enough"};
  };
  EXPECT_EQ(run_settled({"-n", "127.0.0.1"}, keep), kRefused);
  EXPECT_EQ(given.max_rate, 2);
  EXPECT_THAT(given.command_line, ElementsAre("sluice", "--max-rate", "2", "-n", "127.0.0.1"));
  EXPECT_THAT(given.typed_command_line, ElementsAre("sluice", "-n", "127.0.0.1"));
}

TEST_F(RunWithSettings, ErrorOfTheEngineNamesTheOriginOfASetting) {
  write("user.toml", "\nttl = 300\n");
  const auto refuse = [](Options, Observer&) -> Result<std::unique_ptr<Engine>> {
    return Error{"--ttl: 300 is not between 0 and 255"};
  };
  EXPECT_EQ(run_settled({"127.0.0.1"}, refuse), kRefused);
  EXPECT_EQ(err(), "sluice: " + path("user.toml") + ":2: ttl: 300 is not between 0 and 255.\nQUITTING!\n");
}

TEST_F(RunWithSettings, WishesBesideRunsReadNoSettings) {
  write("user.toml", "error\n");
  const auto none = [](Options, Observer&) -> Result<std::unique_ptr<Engine>> { return Error{"no engine"}; };
  EXPECT_EQ(run_settled({"-h"}, none), kFinished);
  EXPECT_EQ(run_settled({"-V"}, none), kFinished);
  EXPECT_EQ(err(), "");
  EXPECT_EQ(run_settled({"127.0.0.1"}, none), kRefused);
  EXPECT_THAT(err(), HasSubstr("user.toml:1: "));
}

}  // namespace
}  // namespace sluice::cli
