// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <sluice/settings.hpp>

#include "arguments/make_setting.hpp"
#include "arguments/option_table.hpp"
#include "arguments/parsed.hpp"

namespace sluice::arguments {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using Words = std::vector<std::string>;

SettingsFile file(std::string_view text, const std::string& path = "s.toml") {
  auto read = read_settings(text, path);
  EXPECT_TRUE(read) << read.error().message;
  return read ? *std::move(read) : SettingsFile{};
}
std::string file_error(std::string_view text) {
  const auto read = read_settings(text, "s.toml");
  return read ? "accepted" : read.error().message;
}
SettingsEnvironment environment(const Words& variables) {
  auto read = read_settings(variables);
  EXPECT_TRUE(read) << read.error().message;
  return read ? *std::move(read) : SettingsEnvironment{};
}
std::string environment_error(const std::string& variable) {
  const auto read = read_settings(Words{variable});
  return read ? "accepted" : read.error().message;
}

Words arguments_of(std::span<const Setting> settings) {
  Words all;
  for (const Setting& setting : settings) all.insert(all.end(), setting.arguments.begin(), setting.arguments.end());
  return all;
}
/// The arguments of a file with this text.
Words read(std::string_view text) { return arguments_of(file(text).settings); }

std::vector<Setting> join(const std::vector<SettingsFile>& files, const std::string& profile = "",
                          const Words& variables = {}) {
  auto joined = join_settings(files, profile, environment(variables).settings);
  EXPECT_TRUE(joined) << joined.error().message;
  return joined ? *std::move(joined) : std::vector<Setting>{};
}

Result<SettledCommandLine> settle(std::string_view text, Words typed) {
  typed.insert(typed.begin(), "sluice");
  return sluice::parse_command_line(typed, join({file(text)}), noon());
}
/// The arguments in force behind the name of the program.
Words in_force(std::string_view text, Words typed) {
  const auto settled = settle(text, std::move(typed));
  EXPECT_TRUE(settled) << settled.error().message;
  if (!settled) return {};
  const Words& all = settled->command.options.command_line;
  return {all.begin() + 1, all.end()};
}
std::string settled_error(std::string_view text, Words typed) {
  const auto settled = settle(text, std::move(typed));
  return settled ? "accepted" : settled.error().message;
}

TEST(ReadSettings, ValuesOfEachTypeBecomeArguments) {
  EXPECT_THAT(read("max-rate = 100"), ElementsAre("--max-rate", "100"));
  EXPECT_THAT(read("max-rate = 0.5"), ElementsAre("--max-rate", "0.5"));
  EXPECT_THAT(read("host-timeout = \"30m\""), ElementsAre("--host-timeout", "30m"));
  EXPECT_THAT(read("open = true"), ElementsAre("--open"));
  EXPECT_THAT(read("sV = true"), ElementsAre("-sV"));
  EXPECT_THAT(read("T = 4"), ElementsAre("-T", "4"));
  EXPECT_THAT(read("v = true"), ElementsAre("-v"));
  EXPECT_THAT(read("v = 2"), ElementsAre("-v2"));
  EXPECT_THAT(read("verbose = 2"), ElementsAre("--verbose=2"));
  EXPECT_THAT(read("PS = [22, 80]"), ElementsAre("-PS22,80"));
  EXPECT_THAT(read("script = [\"default\", \"vuln\"]"), ElementsAre("--script", "default,vuln"));
  EXPECT_THAT(read("exclude = []"), ElementsAre("--exclude", ""));
  EXPECT_THAT(read(""), IsEmpty());
}

TEST(ReadSettings, FalseGivesNoArgument) {
  for (const char* text : {"open = false", "max-rate = false", "script = false", "v = false"})
    EXPECT_THAT(read(text), IsEmpty()) << text;
}

TEST(ReadSettings, SettingsHaveTheOrderAndTheLinesOfTheFile) {
  const auto settings = file("# comment\nopen = true\n\nmax-rate = 1\n[profile.a]\nT = 2\n").settings;
  ASSERT_EQ(settings.size(), 2u);
  EXPECT_EQ(settings[0].origin.text(), "s.toml:2");
  EXPECT_EQ(settings[1].origin.text(), "s.toml:4");
}

TEST(ReadSettings, ProfilesHaveSettingsOfTheirOwn) {
  const SettingsFile read = file("[profile.slow]\nT = 2\n[profile.\"very slow\"]\nT = 0\n");
  EXPECT_THAT(read.settings, IsEmpty());
  EXPECT_THAT(arguments_of(read.profiles.at("slow")), ElementsAre("-T", "2"));
  EXPECT_EQ(read.profiles.at("very slow").front().origin.profile, "very slow");
  EXPECT_EQ(read.profiles.at("very slow").front().origin.line, 4u);
}

TEST(ReadSettings, ErrorNamesFileLineAndRemedy) {
  const std::pair<const char*, const char*> errors[] = {
      {"open = true\nmax-rte = 1", "s.toml:2: max-rte: unknown option; did you mean max-rate?"},
      {"max_rate = 1", "s.toml:1: max_rate: unknown option; did you mean max-rate?"},
      {"sv = true", "s.toml:1: sv: unknown option; did you mean sV?"},
      {"[profiles.a]\nT = 1", "s.toml:1: profiles: unknown option; did you mean profile?"},
      {"zzzzzzzzzz = 1",
       "s.toml:1: zzzzzzzzzz: unknown option; sluice -h lists the options, settings have their names "
       "without dashes"},
      {"s = \"V\"", "s.toml:1: s: unknown option; did you mean S?"},
      {"max-ra = 1", "s.toml:1: max-ra: unknown option; did you mean max-rate?"},
      {"max-rate = true", "s.toml:1: max-rate: needs a value"},
      {"max-rate = [1, 2]", "s.toml:1: max-rate: takes one value, not a list"},
      {"max-rate = 2026-11-24", "s.toml:1: max-rate: the value must be a number or a string"},
      {"open = 1", "s.toml:1: open: must be true or false"},
      {"script = [true]", "s.toml:1: script: the list may have numbers and strings only"},
      {"datadir = \"a\\u0000b\"", "s.toml:1: datadir: the value has a NUL character"},
      {"[timing]\nT = 1", "s.toml:1: timing: must be a value; only profiles are tables: [profile.NAME]"},
      {"profile = \"a\"", "s.toml:1: profile: must be a table: [profile.NAME]"},
      {"[profile]\nT = 1", "s.toml:2: profile.T: must be a table: [profile.NAME]"},
      {"[profile.a]\nopne = true", "s.toml:2: opne: unknown option; did you mean open?"},
      {"T = 1\ntiming = 2", "s.toml:2: timing: is the option T of line 1; leave one of them out"},
      {"oX = \"a.xml\"", "s.toml:1: oX: belongs to a single run; give it on the command line"},
      {"resume = \"a.db\"", "s.toml:1: resume: belongs to a single run; give it on the command line"},
      {"help = true", "s.toml:1: help: asks for something else than a scan; give it on the command line"},
      {"config = \"b\"", "s.toml:1: config: chooses settings; give it on the command line"},
      {"markdown = true", "s.toml:1: markdown: is an option of commands; settings are for runs"},
  };
  for (const auto& [text, message] : errors) EXPECT_EQ(file_error(text), message);
  EXPECT_THAT(file_error("open = true\nmax-rate ="), HasSubstr("s.toml:2: "));
  EXPECT_THAT(file_error("open = true\nopen = true"), HasSubstr("s.toml:2: "));
  EXPECT_THAT(file_error("a = \"\xff\""), HasSubstr("s.toml:1: "));
}

TEST(ReadSettings, OptionThatNmapHasAndSluiceRefusesGivesTheReason) {
  EXPECT_THAT(settled_error("mtu = 8", {"a"}), HasSubstr("s.toml:1: mtu: the kernel makes the packets"));
}

TEST(SettingsEnvironment, VariablesAreNamedAfterLongOptions) {
  EXPECT_THAT(arguments_of(environment({"SLUICE_MAX_RATE=100", "SLUICE_OPEN=true", "SLUICE_VERBOSE=2",
                                        "SLUICE_SCRIPT_ARGS=a=b", "PATH=/bin", "SLUICE_TIMING="})
                               .settings),
              ElementsAre("--max-rate", "100", "--open", "--verbose=2", "--script-args", "a=b"));
}

TEST(SettingsEnvironment, WordsTurnOptionsOnAndOff) {
  for (const char* on : {"1", "true", "yes", "on", "TRUE"})
    EXPECT_THAT(arguments_of(environment({std::string("SLUICE_OPEN=") + on}).settings), ElementsAre("--open")) << on;
  for (const char* off : {"0", "false", "no", "off"}) {
    const auto settings = environment({std::string("SLUICE_OPEN=") + off}).settings;
    ASSERT_EQ(settings.size(), 1u) << off;
    EXPECT_EQ(settings[0].value, "false");
    EXPECT_THAT(settings[0].arguments, IsEmpty());
  }
  EXPECT_EQ(environment_error("SLUICE_OPEN=maybe"), "SLUICE_OPEN: \"maybe\" is neither true nor false");
}

TEST(SettingsEnvironment, MisspeltVariableGivesAWarningAndForeignOneNothing) {
  EXPECT_THAT(environment({"SLUICE_MAXRATE=1"}).warnings,
              ElementsAre("SLUICE_MAXRATE: is no variable of sluice; the closest one is SLUICE_MAX_RATE"));
  EXPECT_THAT(environment({"SLUICE_NDJSON_LINES=/tmp/x", "SLUICE_SEEDS=3"}).warnings, IsEmpty());
  EXPECT_THAT(environment({"SLUICE_RESUME=a.db"}).warnings,
              ElementsAre("SLUICE_RESUME: is ignored, because the option --resume belongs to a single run; give it on "
                          "the command line"));
  EXPECT_THAT(environment({"SLUICE_UNSET=open"}).warnings,
              ElementsAre("SLUICE_UNSET: is ignored, because the option --unset chooses settings; give it on the "
                          "command line"));
}

TEST(SettingsEnvironment, VariablesChooseSettings) {
  const auto read = environment({"SLUICE_CONFIG=a.toml", "SLUICE_PROFILE=slow"});
  EXPECT_EQ(read.config, "a.toml");
  EXPECT_EQ(read.profile, "slow");
  EXPECT_FALSE(read.no_config);
}

TEST(SettingsEnvironment, NoConfigLeavesOutAllOtherVariables) {
  const auto read = environment({"SLUICE_OPEN=maybe", "SLUICE_CONFIG=a.toml", "SLUICE_NO_CONFIG=true"});
  EXPECT_TRUE(read.no_config);
  EXPECT_FALSE(read.config);
  EXPECT_THAT(read.settings, IsEmpty());
  EXPECT_FALSE(environment({"SLUICE_NO_CONFIG=false"}).no_config);
  EXPECT_EQ(environment_error("SLUICE_NO_CONFIG=x"), "SLUICE_NO_CONFIG: \"x\" is neither true nor false");
}

TEST(JoinSettings, LaterSourceReplacesEarlierOne) {
  const std::string base = "max-rate = 1", profile = "[profile.p]\nmax-rate = 3";
  const auto origin = [](const std::vector<Setting>& joined) {
    EXPECT_EQ(joined.size(), 1u);
    return joined.empty() ? "" : joined.front().origin.text();
  };
  const SettingsFile system = file(base, "etc"), user = file(base, "user");
  EXPECT_EQ(origin(join({system})), "etc:1");
  EXPECT_EQ(origin(join({system, user})), "user:1");
  const SettingsFile with_profile = file(base + "\n" + profile, "etc");
  EXPECT_EQ(origin(join({with_profile, user}, "p")), "etc:3");
  EXPECT_EQ(origin(join({with_profile, file(base + "\n" + profile, "user")}, "p")), "user:3");
  EXPECT_EQ(origin(join({with_profile, user}, "p", {"SLUICE_MAX_RATE=4"})), "SLUICE_MAX_RATE");
  EXPECT_EQ(origin(join({with_profile, user})), "user:1");
}

TEST(JoinSettings, OtherNameOfAnOptionReplacesIt) {
  EXPECT_THAT(arguments_of(join({file("T = 1"), file("timing = 2")})), ElementsAre("--timing", "2"));
}

TEST(JoinSettings, OptionsOfOneChoiceReplaceEachOther) {
  EXPECT_THAT(arguments_of(join({file("top-ports = 10\nopen = true"), file("p = 80")})),
              ElementsAre("--open", "-p", "80"));
  EXPECT_THAT(arguments_of(join({file("n = true"), file("R = true")})), ElementsAre("-R"));
}

TEST(JoinSettings, FalseReplacesOnlyItsOption) {
  EXPECT_THAT(arguments_of(join({file("open = true\nmax-rate = 1"), file("max-rate = false")})), ElementsAre("--open"));
  EXPECT_THAT(arguments_of(join({file("p = 80"), file("F = false")})), ElementsAre("-p", "80"));
}

TEST(JoinSettings, UnknownProfileIsRefusedWithTheOthers) {
  const auto error = [](const std::vector<SettingsFile>& files) {
    return join_settings(files, "slwo", {}).error().message;
  };
  EXPECT_EQ(error({}), "no settings file has a profile; write a table [profile.slwo]");
  EXPECT_EQ(error({file("[profile.slow]\n")}), "no settings file has the profile slwo; did you mean slow?");
  EXPECT_EQ(error({file("[profile.a]\n[profile.b]\n"), file("[profile.a]\n")}),
            "no settings file has the profile slwo; the profiles are a, b");
}

TEST(SettledCommandLine, SettingsStandInFrontOfTheCommandLine) {
  EXPECT_THAT(in_force("max-rate = 5\nsV = true", {"-n", "a"}), ElementsAre("--max-rate", "5", "-sV", "-n", "a"));
  const auto settled = settle("max-rate = 5", {"-n", "a"});
  EXPECT_EQ(settled->command.options.max_rate, 5);
  EXPECT_THAT(settled->command.options.typed_command_line, ElementsAre("sluice", "-n", "a"));
}

TEST(SettledCommandLine, WithoutSettingInForceNoTypedCommandLineIsKept) {
  EXPECT_THAT(settle("", {"a"})->command.options.typed_command_line, IsEmpty());
  EXPECT_THAT(settle("max-rate = 5", {"--max-rate", "6", "a"})->command.options.typed_command_line, IsEmpty());
}

TEST(SettledCommandLine, TypedOptionReplacesSetting) {
  EXPECT_THAT(in_force("max-rate = 5", {"--max-rate=6", "a"}), ElementsAre("--max-rate=6", "a"));
  EXPECT_THAT(in_force("p = 22", {"-p", "80", "a"}), ElementsAre("-p", "80", "a"));
  EXPECT_THAT(in_force("timing = 1", {"-T4", "a"}), ElementsAre("-T4", "a"));
  EXPECT_THAT(in_force("v = 2", {"-vv", "a"}), ElementsAre("-vv", "a"));
  EXPECT_THAT(in_force("sV = true\nsC = true", {"-sCV", "a"}), ElementsAre("-sCV", "a"));
  EXPECT_THAT(in_force("script = \"vuln\"", {"--script", "safe", "a"}), ElementsAre("--script", "safe", "a"));
}

TEST(SettledCommandLine, TypedOptionReplacesTheSameChoice) {
  EXPECT_THAT(in_force("F = true", {"-p", "80", "a"}), ElementsAre("-p", "80", "a"));
  EXPECT_THAT(in_force("p = 80\nsT = true\nopen = true", {"-sn", "a"}), ElementsAre("--open", "-sn", "a"));
  EXPECT_THAT(in_force("exclude-ports = 1", {"-p", "80", "a"}), ElementsAre("--exclude-ports", "1", "-p", "80", "a"));
  EXPECT_THAT(in_force("exclude-ports = 1\nPS = 22", {"-sL", "a"}), ElementsAre("-sL", "a"));
  EXPECT_THAT(in_force("sT = true\np = 80", {"-sU", "a"}), ElementsAre("-p", "80", "-sU", "a"));
  EXPECT_THAT(in_force("Pn = true", {"-PS22", "a"}), ElementsAre("-PS22", "a"));
  EXPECT_THAT(in_force("no-journal = true", {"--journal", "a.db", "a"}), ElementsAre("--journal", "a.db", "a"));
  EXPECT_THAT(in_force("n = true", {"-R", "a"}), ElementsAre("-R", "a"));
  EXPECT_THAT(in_force("6 = true", {"-4", "a"}), ElementsAre("-4", "a"));
}

TEST(SettledCommandLine, UnsetLeavesSettingsOut) {
  EXPECT_THAT(in_force("open = true\nsV = true\nT = 2", {"--unset", "open,-sV", "a"}),
              ElementsAre("-T", "2", "--unset", "open,-sV", "a"));
  EXPECT_THAT(in_force("timing = 2", {"--unset=T", "a"}), ElementsAre("--unset=T", "a"));
  EXPECT_EQ(error({"--unset", "opne"}), "--unset: opne: unknown option; did you mean open?");
}

TEST(SettledCommandLine, OptionsThatChooseSettingsExcludeNoConfig) {
  EXPECT_EQ(error({"--no-config", "--config", "a", "b"}),
            "--config and --no-config exclude each other; leave one of them out");
  EXPECT_EQ(error({"--no-config", "--profile", "a", "b"}),
            "--profile: --no-config reads no settings; leave one of them out");
}

TEST(SettledCommandLine, ResumedRunAndReportCommandsUseNoSettings) {
  EXPECT_THAT(in_force("open = true", {"--resume", "a.db"}), ElementsAre("--resume", "a.db"));
  EXPECT_EQ(settle("open = true", {"show", "a.db"})->command.wish, CommandLine::Wish::Show);
  EXPECT_THAT(settle("open = true", {"show", "a.db"})->settings, IsEmpty());
  EXPECT_EQ(error({"--resume", "a.db", "--profile", "x"}),
            "--profile: a resumed run keeps this option; leave it out, or start a new run");
}

TEST(SettledCommandLine, ErrorOfASettingNamesItsOrigin) {
  EXPECT_EQ(settled_error("\nmax-rate = \"x\"", {"a"}), "s.toml:2: max-rate: \"x\" is not a number");
  EXPECT_EQ(settled_error("timing = 1.5", {"a"}).substr(0, 37), "s.toml:1: timing: \"1.5\" is not a timi");
  EXPECT_EQ(settled_error("p = 22\ntop-ports = \"x\"", {"a"}), "s.toml:2: top-ports: \"x\" is not a whole number");
}

TEST(SettledCommandLine, ErrorOfATypedOptionStaysAsItIs) {
  EXPECT_EQ(settled_error("max-rate = 1", {"--max-rate", "x", "a"}), "--max-rate: \"x\" is not a number");
}

TEST(SettledCommandLine, WarningNamesTheOriginOfASetting) {
  const auto settled = settle("A = true", {"a"});
  EXPECT_THAT(settled->command.warnings,
              ElementsAre("s.toml:1: A: the report lacks operating systems and routes; sluice runs -sV and -sC"));
}

TEST(WithOrigins, FurtherOptionsOfAMessageAreExplained) {
  const auto settings = join({file("F = true\nmax-rate = 1")}, "", {"SLUICE_MIN_RATE=3"});
  EXPECT_EQ(with_origins("-F and -p exclude each other; use -p", settings),
            "s.toml:1: F and -p exclude each other; use -p");
  EXPECT_EQ(with_origins("--min-rate 3: is more than --max-rate 1", settings),
            "SLUICE_MIN_RATE 3: is more than --max-rate 1 (s.toml:2 gives --max-rate)");
  EXPECT_EQ(with_origins("-sn scans no ports: it excludes -p, -F, --top-ports and --port-ratio", settings),
            "-sn scans no ports: it excludes -p, -F, --top-ports and --port-ratio (s.toml:1 gives -F)");
  EXPECT_EQ(with_origins("a-F --max-rates", settings), "a-F --max-rates");
}

/// The options in force of a command line as "NAME=VALUE ORIGIN".
Words rows_of(const Words& typed, const std::vector<Setting>& settings, const CommandLine& effective = {}) {
  Words rows;
  for (const Setting& option : options_in_force(typed, settings, effective))
    rows.push_back(option.option + '=' + option.value + ' ' + option.origin.text());
  return rows;
}

TEST(OptionsInForce, HaveTheirOrigins) {
  EXPECT_THAT(
      rows_of({"sluice", "-sCV", "-T4", "-PS22", "-6", "a"}, join({file("max-rate = 1")})),
      UnorderedElementsAre("max-rate=1 s.toml:1", "sC=true command line", "sV=true command line", "T=4 command line",
                           "PS=22 command line", "6=true command line", "version-intensity=7 default",
                           "script-burst=60s default", "script-slice=0 default", "receive-limit=16M default",
                           "workers=1 default", "journal-sync=full default", "v=0 default", "d=0 default",
                           "sT=true default", "color=auto default", "shard=1/1 default"));
}

TEST(OptionsInForce, BuiltInValuesAreThoseOfTheCommandLineAndStandLast) {
  CommandLine effective;
  effective.options.max_retries = 6;
  effective.colour = Colour::Never;
  const Words rows = rows_of({"sluice", "-T4", "a"}, {}, effective);
  EXPECT_EQ(rows.front(), "T=4 command line");
  EXPECT_THAT(rows, ::testing::IsSupersetOf({"max-retries=6 default", "color=never default"}));
}

TEST(OptionsInForce, OptionsOfTheCommandAreLeftOut) {
  EXPECT_THAT(rows_of({"sluice", "config", "--json", "--all", "-T4"}, {}), Contains("T=4 command line"));
  for (const std::string& row : rows_of({"sluice", "config", "--json", "--all"}, {}))
    EXPECT_TRUE(row.ends_with(" default")) << row;
}

TEST(OptionsInForce, BuiltInValueGivesWayToTheSameChoice) {
  for (const Setting& option : options_in_force(Words{"sluice", "--version-all", "a"}, {}, {}))
    EXPECT_NE(option.option, "version-intensity");
}

TEST(OptionTable, OnlyOptionsWithValuesTakeLists) {
  for (const OptionSection& section : option_sections())
    for (const Option& option : section.options)
      EXPECT_FALSE(option.value.list && option.value.takes == Takes::Nothing) << option.name;
}

}  // namespace
}  // namespace sluice::arguments
