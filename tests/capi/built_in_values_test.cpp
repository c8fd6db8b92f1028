// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <sluice/engine.hpp>
#include <sluice/settings.hpp>

#include "arguments/option_table.hpp"
#include "engine/budgets.hpp"
#include "engine/check_options.hpp"
#include "engine/effective_options.hpp"
#include "engine/runtime_options.hpp"
#include "engine/version_plan.hpp"

// The built-in values of `sluice config` are those that a run uses.

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::Pair;
using Words = std::vector<std::string>;
using Rows = std::vector<std::pair<std::string, std::string>>;

constexpr engine::SystemLimits kLimits{2000, std::size_t{3} << 30, 4};
constexpr net::PingRights kAllRights{true, true, true}, kNoRights;

CommandLine parse(const Words& line) {
  auto command = parse_command_line(line, std::tm{});
  EXPECT_TRUE(command) << fmt::format("{}: {}", fmt::join(line, " "), command.error().message);
  if (!command) return {};
  const auto checked = engine::check_options(command->options);
  EXPECT_TRUE(checked) << fmt::format("{}: {}", fmt::join(line, " "), checked.error().message);
  return *std::move(command);
}

Rows built_in(const Words& line, const net::PingRights& rights) {
  CommandLine effective = parse(line);
  effective.options = engine::with_built_in_values(effective.options, kLimits, rights);
  Rows rows;
  for (const Setting& option : options_in_force(line, {}, effective))
    if (option.origin.kind == SettingOrigin::Kind::Default) rows.emplace_back(option.option, option.value);
  return rows;
}
std::string value_of(const Rows& rows, std::string_view name) {
  for (const auto& [option, value] : rows)
    if (option == name) return value;
  return "";
}

/// Everything that depends on options with built-in values, as a run computes it.
std::string used_by_run(const CommandLine& line, const net::PingRights& rights) {
  const Options& options = line.options;
  const auto plan = engine::plan_scan(options, model::DataFiles({}), rights);
  EXPECT_TRUE(plan) << plan.error().message;
  if (!plan) return "";
  const engine::Budgets budgets = engine::budgets_for(options, kLimits.descriptors, plan->port_count(), kLimits.memory);
  const scan::Timing& timing = budgets.timing;
  const auto detector = engine::detector_options(options, budgets.slots.total);
  const auto cpu = engine::cpu_limits(options);
  const auto ns = [](const auto& time) { return std::chrono::nanoseconds(time).count(); };
  const auto limit = [&](const auto& time) { return time ? ns(*time) : -1; };
  std::string text = fmt::format("slots {} {}\n", budgets.slots.total, budgets.slots.per_host);
  text += fmt::format("rtt {} {} {}\n", ns(timing.rtt.initial), ns(timing.rtt.min), ns(timing.rtt.max));
  text += fmt::format("delays {} {}", ns(timing.scan_delay), ns(timing.max_tcp_delay));
  if (!plan->udp.empty() || !plan->udp_pings.empty()) text += fmt::format(" {}", ns(timing.max_udp_delay));
  text += fmt::format("\nretries {} in flight {} {} {}\n", timing.max_retries, timing.max_in_flight,
                      timing.min_in_flight_per_host, timing.max_in_flight_per_host);
  text += fmt::format("rates {} {}\n", timing.max_rate.value_or(-1), timing.min_rate.value_or(-1));
  text += fmt::format("threads {} hosts {} arrivals {} memory {} shards {}\n", budgets.threads, budgets.hosts,
                      budgets.arrivals, budgets.script_memory, engine::shards_for(options, budgets, kLimits));
  text += fmt::format("timeouts {} {}\n", limit(engine::host_timeout(options)), limit(engine::script_timeout(options)));
  text += fmt::format("detector {} {} {}\n", detector.intensity, detector.connections, detector.exact);
  text += fmt::format("CPU {} {} {}\n", ns(cpu.budget), ns(cpu.preempt_after), ns(cpu.slice));
  text += fmt::format("ports {} {} pings {} {} {}\n", plan->tcp, plan->udp, plan->tcp_pings, plan->udp_pings,
                      plan->pings.size());
  text += fmt::format("link {} {} warnings {}\n", plan->asks_neighbours, plan->knows_own, plan->warnings);
  text += fmt::format("scripts {} {} part {}/{} IPv6 {}\n", options.data_length.value_or(0), options.receive_limit,
                      options.shard.number, options.shard.count, options.family == Family::Inet6);
  return text + fmt::format("timing {} sync {} colour {}\n", options.timing, static_cast<int>(line.journal_sync),
                            static_cast<int>(line.colour));
}

/// Returns the line with an option for each row. -v0 and -d0 mean more than the levels that the rows show.
Words written_out(Words line, const Rows& rows) {
  for (const auto& [name, value] : rows) {
    if (name == "v" || name == "d") continue;
    const auto found = arguments::find_option(name);
    EXPECT_TRUE(found) << name;
    const auto takes = found ? found->option->value.takes : arguments::Takes::Nothing;
    const std::string spelled = arguments::with_dashes(name);
    line.push_back(takes == arguments::Takes::OptionalValue ? spelled + value : spelled);
    if (takes == arguments::Takes::Value) line.push_back(value);
  }
  return line;
}

class BuiltInValues : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/share/nmap/nmap-services"))
      GTEST_SKIP() << "needs nmap-services (Debian package nmap-common)";
  }
};

TEST_F(BuiltInValues, RunWithAllOfThemWrittenOutIsTheSame) {
  const Words lines[] = {{},
                         {"-T0"},
                         {"-T1"},
                         {"-T2"},
                         {"-T4"},
                         {"-T5"},
                         {"-T4", "-sU"},
                         {"-sTU", "-T5"},
                         {"-T4", "-PU53"},
                         {"--min-rate", "50000"},
                         {"--max-rate", "7", "-T5"},
                         {"--max-parallelism", "7"},
                         {"--min-parallelism", "500"},
                         {"--socket-slots", "3"},
                         {"--host-slots", "30", "--max-parallelism", "5"},
                         {"--initial-rtt-timeout", "20s"},
                         {"--max-rtt-timeout", "50ms"},
                         {"--min-rtt-timeout", "30s"},
                         {"--scan-delay", "3s"},
                         {"--max-scan-delay", "2ms", "-sU"},
                         {"--host-timeout", "1h", "-T5"},
                         {"--script-timeout", "1h", "-T5"},
                         {"--script-slice", "5ms", "--script-burst", "0"},
                         {"-sn"},
                         {"-sL"},
                         {"-Pn"},
                         {"-PE"},
                         {"-PA443"},
                         {"-6"},
                         {"--disable-arp-ping"},
                         {"-p", "80-90"},
                         {"-p", "-", "--top-ports", "5"},
                         {"-F"},
                         {"--port-ratio", "0.1"},
                         {"--exclude-ports", "80,443"},
                         {"--servicedb", "/usr/share/nmap/nmap-services"},
                         {"-sV", "--version-patience", "exact", "-T5"},
                         {"--version-all", "--workers", "auto"},
                         {"-vv", "-d2"},
                         {"--script-memory", "0", "--receive-limit", "3k"}};
  for (const Words& options : lines)
    for (const net::PingRights& rights : {kNoRights, kAllRights}) {
      Words line{"sluice"};
      line.insert(line.end(), options.begin(), options.end());
      net::PingRights possible = rights;
      possible.timestamp = rights.timestamp && std::ranges::count(line, "-6") == 0;
      const Words all = written_out(line, built_in(line, possible));
      EXPECT_EQ(used_by_run(parse(all), possible), used_by_run(parse(line), possible)) << fmt::format("{}", all);
    }
}

TEST_F(BuiltInValues, AreThoseOfTheseOptions) {
  Words names;
  for (const auto& [name, value] : built_in({"sluice", "-sV"}, kAllRights)) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("shard", "4", "PS", "PE", "PP", "PR", "top-ports", "sT", "data-length",
                                 "version-intensity", "version-connections", "script-timeout", "script-burst",
                                 "script-slice", "script-memory", "receive-limit", "T", "max-retries",
                                 "initial-rtt-timeout", "min-rtt-timeout", "max-rtt-timeout", "host-timeout",
                                 "scan-delay", "max-scan-delay", "min-parallelism", "max-parallelism", "socket-slots",
                                 "host-slots", "workers", "journal-sync", "v", "d", "color"));
}

TEST_F(BuiltInValues, FollowTheTemplate) {
  const Rows rows = built_in({"sluice", "-T5"}, kNoRights);
  EXPECT_EQ(value_of(rows, "max-retries"), "2");
  EXPECT_EQ(value_of(rows, "host-timeout"), "15m");
  EXPECT_EQ(value_of(rows, "initial-rtt-timeout"), "250ms");
  EXPECT_EQ(value_of(rows, "version-connections"), "8");
  EXPECT_EQ(value_of(rows, "T"), "") << "is given";
}

TEST_F(BuiltInValues, LevelsAreThoseOfTheRun) {
  EXPECT_THAT(built_in({"sluice", "-d3"}, kNoRights), ::testing::Contains(Pair("v", "3")));
  EXPECT_THAT(built_in({"sluice", "-vv"}, kNoRights), ::testing::Contains(Pair("d", "0")));
}

TEST_F(BuiltInValues, OptionOfTwoDifferentLimitsIsLeftOut) {
  EXPECT_EQ(value_of(built_in({"sluice", "-T4"}, kNoRights), "max-scan-delay"), "10ms");
  EXPECT_EQ(value_of(built_in({"sluice", "-T4", "-sU"}, kNoRights), "max-scan-delay"), "");
  EXPECT_EQ(value_of(built_in({"sluice", "-sU"}, kNoRights), "max-scan-delay"), "1s");
}

TEST_F(BuiltInValues, MachineDecidesAboutLimits) {
  const Rows rows = built_in({"sluice"}, kNoRights);
  EXPECT_EQ(value_of(rows, "socket-slots"), "500");
  EXPECT_EQ(value_of(rows, "script-memory"), "1536M");
  EXPECT_EQ(value_of(rows, "PE"), "") << "this user may not send ICMP";
}

TEST_F(BuiltInValues, OptionWithAnotherOfItsChoiceHasNone) {
  for (const auto& [given, other] :
       {std::pair{"-sU", "sT"}, std::pair{"-6", "4"}, std::pair{"-p1", "top-ports"}, std::pair{"-Pn", "PS"},
        std::pair{"-sn", "sT"}, std::pair{"-sL", "PS"}, std::pair{"--version-all", "version-intensity"}})
    EXPECT_EQ(value_of(built_in({"sluice", given}, kNoRights), other), "") << given;
}

TEST(EffectiveOptions, WrongValueIsRefused) {
  Options options;
  options.timing = 9;
  const auto effective = effective_options(options);
  ASSERT_FALSE(effective);
  EXPECT_EQ(effective.error().message, "-T: 9 is not between 0 and 5");
  EXPECT_EQ(effective.error().code, ErrorCode::InvalidOption);
}

TEST(EffectiveOptions, RightsAreThoseOfTheProcess) {
  const auto effective = effective_options({});
  ASSERT_TRUE(effective);
  EXPECT_TRUE(effective->privileged.has_value());
}

}  // namespace
}  // namespace sluice
