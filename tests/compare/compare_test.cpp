// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sstream>

#include "compare/run_builder.hpp"

namespace sluice::test {

namespace {

constexpr unsigned kSeeds = 100;
constexpr CompareOptions kEverything{.strict = true, .all = true};

TestRun run_of(std::vector<HostReport> hosts) {
  TestRun run;
  run.hosts = std::move(hosts);
  return run;
}

TestRun with_versions(TestRun run) {
  run.options.emplace().versions = true;
  return run;
}

TEST(CompareRuns, OpenedPortIsShownWithBothStates) {
  EXPECT_EQ(difference(run_of({host("10.0.0.1", port(1, PortState::Closed))}),
                       run_of({host("10.0.0.1", port(1, PortState::Open))})),
            "--- old\n+++ new\n~ 10.0.0.1\n-   1/tcp closed\n+   1/tcp open\n");
}

TEST(CompareRuns, ServiceFieldsAndResultsAreShownWithBothTexts) {
  const TestRun old_run = run_of({host("10.0.0.1", port(1, PortState::Open, {{"title", "Old", {}}}, http("2.4.1")))});
  const TestRun new_run =
      run_of({host("10.0.0.1", port(1, PortState::Open, {{"title", "New\nline", {}}}, http("2.4.2")))});
  EXPECT_EQ(difference(with_versions(old_run), with_versions(new_run)),
            "--- old\n+++ new\n~ 10.0.0.1\n-   1/tcp version: 2.4.1\n+   1/tcp version: 2.4.2\n"
            "-   1/tcp title: Old\n+   1/tcp title: New\n+       line\n");
  EXPECT_EQ(difference(with_versions(old_run), with_versions(new_run), {}, ChangeFormat::Json),
            "[\n"
            R"({"op":"replace","path":"/hosts/10.0.0.1/ports/tcp:1/service/version","old":"2.4.1","new":"2.4.2"},)"
            "\n"
            R"({"op":"replace","path":"/hosts/10.0.0.1/ports/tcp:1/scripts/title","old":"Old","new":"New\nline"})"
            "\n]\n");
  EXPECT_EQ(difference(with_versions(old_run), with_versions(new_run), {}, ChangeFormat::Markdown),
            "Changes from old to new:\n\n| host | item | old | new | note |\n|---|---|---|---|---|\n"
            "| 10.0.0.1 | 1/tcp version | 2.4.1 | 2.4.2 |  |\n"
            "| 10.0.0.1 | 1/tcp title | Old | New<br>line |  |\n");
}

TEST(CompareRuns, GoneHostIsShownWithItsPorts) {
  TestRun new_run;
  new_run.started = {host("10.0.0.1")};
  EXPECT_EQ(difference(run_of({host("10.0.0.1", port(1, PortState::Open, {{"title", "Old", {}}}))}), new_run),
            "--- old\n+++ new\n- 10.0.0.1 is up\n-   1/tcp open\n-   1/tcp title: Old\n");
  EXPECT_EQ(difference(new_run, new_run), "");
}

TEST(CompareRuns, HostThatIsDownIsAsOneThatIsNotReported) {
  HostReport down = host("10.0.0.1");
  down.up = down.ports_scanned = false;
  TestRun silent;
  silent.started = {host("10.0.0.1")};
  EXPECT_EQ(difference(run_of({down}), silent), "");
  EXPECT_EQ(json_difference(run_of({down}), run_of({host("10.0.0.1")}))[0]["op"], "add");
}

TEST(CompareRuns, HostThatOnlyOneRunAskedIsLeftOutWithoutAll) {
  const TestRun old_run = run_of({host("10.0.0.1"), host("10.0.0.2")}), new_run = run_of({host("10.0.0.2")});
  EXPECT_EQ(difference(old_run, new_run), "");
  EXPECT_EQ(difference(old_run, new_run, {.all = true}),
            "--- old\n+++ new\n- 10.0.0.1 is up  [only the old run asked]\n");
}

TEST(CompareRuns, TargetsOfCommandLineDecideIfReportHasNoStarts) {
  TestRun old_run = run_of({host("10.0.0.1")}), new_run;
  old_run.starts = new_run.starts = false;
  new_run.options.emplace().targets = {"10.0.1.0/24"};
  EXPECT_EQ(difference(old_run, new_run), "");
  new_run.options->targets = {"10.0.0.0/24"};
  EXPECT_NE(difference(old_run, new_run), "");
  new_run.options->exclude = {"10.0.0.1"};
  EXPECT_EQ(difference(old_run, new_run), "");
  new_run.options->targets = {"example.org"};
  EXPECT_EQ(difference(old_run, new_run), "");
  new_run.options.reset();
  EXPECT_EQ(difference(old_run, new_run), "") << "no host of the new run was down, so it reports all of them";
  new_run.down = 1;
  EXPECT_NE(difference(old_run, new_run), "");
}

TEST(CompareRuns, SkippedTargetIsNoDifference) {
  HostReport named = host("10.0.0.1");
  named.target_name = "example.org";
  TestRun old_run = run_of({named}), new_run;
  new_run.starts = false;
  new_run.options.emplace().targets = {"example.org"};
  EXPECT_NE(difference(old_run, new_run), "");
  new_run.skipped = {"example.org"};
  EXPECT_EQ(difference(old_run, new_run), "");
}

TEST(CompareRuns, PortThatOnlyOneRunScannedIsLeftOutWithoutAll) {
  TestRun old_run = run_of({host("10.0.0.1", port(1, PortState::Open))});
  TestRun new_run = run_of({host("10.0.0.1", port(80, PortState::Open))});
  new_run.ports = "80";
  EXPECT_EQ(difference(old_run, new_run), "");
  EXPECT_EQ(difference(old_run, new_run, {.all = true}),
            "--- old\n+++ new\n~ 10.0.0.1\n-   1/tcp open  [only the old run asked]\n"
            "+   80/tcp open  [only the new run asked]\n");
}

TEST(CompareRuns, WithoutPortListsOnlyListedPortsAreCompared) {
  TestRun old_run = run_of({host("10.0.0.1", port(1, PortState::Open), port(2, PortState::Open))});
  TestRun new_run = run_of({host("10.0.0.1", port(2, PortState::Closed), port(3, PortState::Open))});
  old_run.ports = new_run.ports = "";
  EXPECT_EQ(difference(old_run, new_run), "--- old\n+++ new\n~ 10.0.0.1\n-   2/tcp open\n+   2/tcp closed\n");
}

TEST(CompareRuns, IncompleteHostLacksNothing) {
  HostReport partial = host("10.0.0.1", port(2, PortState::Closed));
  partial.incomplete = "stopped";
  const TestRun old_run = run_of({host("10.0.0.1", port(1, PortState::Open), port(2, PortState::Open))});
  const std::string expected = "--- old\n+++ new\n~ 10.0.0.1\n-   2/tcp open\n+   2/tcp closed\n";
  EXPECT_EQ(difference(old_run, run_of({partial})), expected);
  partial.incomplete.clear();
  partial.timed_out = true;
  EXPECT_EQ(difference(old_run, run_of({partial})), expected);
  partial.timed_out = false;
  EXPECT_EQ(difference(old_run, run_of({partial})),
            "--- old\n+++ new\n~ 10.0.0.1\n-   1/tcp open\n-   2/tcp open\n+   2/tcp closed\n");
}

TEST(CompareRuns, UnfinishedRunLacksNothing) {
  TestRun unfinished;
  unfinished.started = {host("10.0.0.1", port(3, PortState::Open))};
  unfinished.ends = false;
  const TestRun old_run = run_of({host("10.0.0.1", port(1, PortState::Open)), host("10.0.0.2")});
  EXPECT_EQ(difference(old_run, unfinished), "--- old\n+++ new\n~ 10.0.0.1\n+   3/tcp open\n");
  TestRun stopped;
  stopped.error = "stopped";
  EXPECT_EQ(difference(old_run, stopped), "");
}

TEST(CompareRuns, ScriptCountsAsAskedIfAnEventNamesIt) {
  const TestRun old_run = run_of({host("10.0.0.1", port(1, PortState::Open, {{"title", "Old", {}}}))});
  TestRun new_run = run_of({host("10.0.0.1", port(1, PortState::Open))});
  EXPECT_EQ(difference(old_run, new_run), "");
  new_run.scripts = {"title"};
  EXPECT_EQ(difference(old_run, new_run), "--- old\n+++ new\n~ 10.0.0.1\n-   1/tcp title: Old\n");
}

TEST(CompareRuns, EqualScriptRulesAskTheSameScripts) {
  TestRun old_run = run_of({host("10.0.0.1", port(1, PortState::Open, {{"title", "Old", {}}}))});
  TestRun new_run = run_of({host("10.0.0.1", port(1, PortState::Open))});
  for (TestRun* run : {&old_run, &new_run}) run->options.emplace().scripts = true;
  EXPECT_NE(difference(old_run, new_run), "");
  new_run.options->script_rules = {"safe"};
  EXPECT_EQ(difference(old_run, new_run), "");
}

TEST(CompareRuns, AllResultsOfAScriptWithoutAHostAreCompared) {
  TestRun old_run, new_run;
  old_run.prerules = {{"count", "n=4"}, {"count", "n=9"}};  // as in a merged run
  new_run.prerules = {{"count", "n=9"}, {"count", "n=7"}};
  EXPECT_EQ(difference(old_run, new_run),
            "--- old\n+++ new\n-   prerule count: n=4\n-       n=9\n+   prerule count: n=7\n+       n=9\n");
  new_run.prerules = {{"count", "n=9"}, {"count", "n=4"}};
  EXPECT_EQ(difference(old_run, new_run), "");
}

TEST(CompareRuns, ServicesAreLeftOutIfOneRunDidNotDetectThem) {
  const TestRun old_run = run_of({host("10.0.0.1", port(1, PortState::Open, {}, http("2.4")))});
  const TestRun new_run = run_of({host("10.0.0.1", port(1, PortState::Open))});
  EXPECT_EQ(difference(with_versions(old_run), new_run), "");
  EXPECT_NE(difference(with_versions(old_run), with_versions(new_run)), "");
  EXPECT_NE(difference(with_versions(old_run), new_run, {.all = true}), "");
}

TEST(CompareRuns, StateOtherThanOpenAgainstNoStateIsNoise) {
  const TestRun old_run = run_of({host("10.0.0.1", port(1, PortState::OpenFiltered), port(2, PortState::Closed))});
  const TestRun new_run = run_of({host("10.0.0.1", port(2, PortState::Closed))});
  EXPECT_EQ(difference(old_run, new_run), "");
  EXPECT_EQ(difference(old_run, new_run, {.strict = true}), "--- old\n+++ new\n~ 10.0.0.1\n-   1/tcp open|filtered\n");
  EXPECT_EQ(difference(old_run, new_run, {.why = true}),
            "--- old\n+++ new\n~ 10.0.0.1\n=   1/tcp open|filtered  [no difference: no-state]\n");
}

TEST(CompareRuns, PortThatWasNotProbedWasNotAsked) {
  const TestRun old_run = run_of({host("10.0.0.1", port(1, PortState::Unknown))});
  EXPECT_EQ(difference(old_run, run_of({host("10.0.0.1", port(1, PortState::Open))})), "");
  EXPECT_EQ(difference(old_run, run_of({host("10.0.0.1", port(2, PortState::Open))}), {.strict = true}),
            "--- old\n+++ new\n~ 10.0.0.1\n+   2/tcp open\n");
}

TEST(CompareRuns, SummedUpPortsAreComparedInGroups) {
  HostReport closed = host("10.0.0.1"), filtered = closed;
  for (std::uint16_t number = 1; number <= 10; ++number) {
    closed.ports.push_back(port(number, PortState::Closed));
    filtered.ports.push_back(port(number, number == 4 ? PortState::Open : PortState::Filtered));
  }
  EXPECT_EQ(difference(run_of({closed}), run_of({filtered})),
            "--- old\n+++ new\n~ 10.0.0.1\n-   4/tcp closed\n+   4/tcp open\n-   1-3,5-10/tcp closed\n"
            "+   1-3,5-10/tcp filtered\n");
}

TEST(CompareRuns, VolatileTextIsNoDifferenceUnlessStrict) {
  const auto run = [](const char* text) {
    return run_of({host("10.0.0.1", port(1, PortState::Open, {{"s", text, {}}}))});
  };
  const TestRun old_run = run("up 3 days\nnonce=\"abc1ef\""), new_run = run("up 4 days\nnonce=\"ghi2kl\"");
  EXPECT_EQ(difference(old_run, new_run), "");
  EXPECT_EQ(difference(old_run, new_run, {.why = true}),
            "--- old\n+++ new\n~ 10.0.0.1\n=   1/tcp s  [no difference: duration, session]\n");
  EXPECT_NE(difference(old_run, new_run, {.strict = true}), "");
}

TEST(CompareRuns, HostReportsOfOneAddressAreJoined) {
  const TestRun parts = run_of(
      {host("10.0.0.1", port(2, PortState::Open)), host("10.0.0.2"), host("10.0.0.1", port(1, PortState::Open))});
  const TestRun whole =
      run_of({host("10.0.0.1", port(1, PortState::Open), port(2, PortState::Open)), host("10.0.0.2")});
  EXPECT_EQ(difference(parts, whole, kEverything), "");
}

TEST(CompareRuns, NamesAreComparedAsSets) {
  HostReport one = host("10.0.0.1"), two = one, three = one;
  one.target_name = "a";
  one.reverse_name = "b";
  two.target_name = "b";
  two.reverse_name = "a";
  three.target_name = "c";
  EXPECT_EQ(difference(run_of({one}), run_of({two})), "");
  EXPECT_EQ(difference(run_of({one}), run_of({three})),
            "--- old\n+++ new\n~ 10.0.0.1 (a)\n-   names: a, b\n+   names: c\n");
}

TEST(CompareRuns, HostThatMovesIsTheSameByName) {
  HostReport before = host("10.0.0.1", port(1, PortState::Open)), after = host("10.0.0.9", port(1, PortState::Open));
  before.target_name = after.target_name = "a.example";
  EXPECT_EQ(difference(run_of({before}), run_of({after}), {.by_name = true}),
            "--- old\n+++ new\n~ a.example\n-   addresses: 10.0.0.1\n+   addresses: 10.0.0.9\n");
}

TEST(CompareRuns, ControlCharactersAreEscaped) {
  const TestRun old_run = run_of({host("10.0.0.1", port(1, PortState::Open))});
  TestRun new_run = run_of({host("10.0.0.1", port(1, PortState::Open, {{"s\x1b", "\x1b[31mred\r", {}}}))});
  for (const auto format : {ChangeFormat::Text, ChangeFormat::Json, ChangeFormat::Markdown}) {
    const std::string text = difference(old_run, new_run, {.all = true}, format);
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); })) << text;
  }
}

// Properties over random runs

/// Adds the ports in not_shown to the ports of a host.
void expand(nlohmann::json& host) {
  for (const auto& group : host["not_shown"]) {
    std::istringstream ranges(group["ports"].get<std::string>());
    for (std::string range; std::getline(ranges, range, ',');) {
      const std::size_t dash = range.find('-');
      const int first = std::stoi(range), last = dash == std::string::npos ? first : std::stoi(range.substr(dash + 1));
      for (int number = first; number <= last; ++number)
        host["ports"][group["protocol"].get<std::string>() + ":" + std::to_string(number)] = {
            {"state", group["state"]}, {"service", nlohmann::json::object()}, {"scripts", nlohmann::json::object()}};
    }
  }
  host.erase("not_shown");
}

bool is_host(const nlohmann::json& value) { return value.is_object() && value.contains("not_shown"); }

/// Applies operations to a model, and checks the old values.
nlohmann::json patched(const nlohmann::json& operations, nlohmann::json model) {
  for (const auto& operation : operations) {
    nlohmann::json value = operation.value("new", nlohmann::json()),
                   old_value = operation.value("old", nlohmann::json());
    if (is_host(value)) expand(value);
    if (is_host(old_value)) expand(old_value);
    if (operation.contains("old")) {
      EXPECT_EQ(model.at(nlohmann::json::json_pointer(operation["path"].get<std::string>())), old_value) << operation;
    }
    model =
        model.patch(nlohmann::json::array({{{"op", operation["op"]}, {"path", operation["path"]}, {"value", value}}}));
  }
  return model;
}

/// Returns the model of a run: what has to be added to an empty one.
nlohmann::json model_of(const TestRun& run, const CompareOptions& options) {
  const nlohmann::json empty{{"hosts", nlohmann::json::object()},
                             {"prerule", nlohmann::json::object()},
                             {"postrule", nlohmann::json::object()}};
  return patched(json_difference(TestRun(), run, options), empty);
}

nlohmann::json inverse(nlohmann::json operations) {
  for (auto& operation : operations) {
    nlohmann::json changed = operation;
    changed.erase("old");
    changed.erase("new");
    if (operation.contains("old")) changed["new"] = operation["old"];
    if (operation.contains("new")) changed["old"] = operation["new"];
    if (operation["op"] != "replace") changed["op"] = operation["op"] == "add" ? "remove" : "add";
    if (operation.contains("asked")) changed["asked"] = operation["asked"] == "old" ? "new" : "old";
    operation = changed;
  }
  return operations;
}

class RandomRuns : public testing::TestWithParam<bool> {};

TEST_P(RandomRuns, HaveNoDifferenceToThemselves) {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    CompareOptions options = kEverything;
    options.by_name = GetParam();
    EXPECT_EQ(difference(random_run(seed), random_run(seed), options), "") << seed;
  }
}

TEST_P(RandomRuns, HaveInverseDifferencesInInverseOrder) {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    const TestRun one = random_run(seed), other = random_run(seed + 1000);
    for (const bool strict : {false, true})
      for (const bool all : {false, true}) {
        const CompareOptions options{.by_name = GetParam(), .strict = strict, .all = all, .why = all};
        EXPECT_EQ(json_difference(one, other, options), inverse(json_difference(other, one, options))) << seed;
      }
  }
}

TEST_P(RandomRuns, OperationsMakeTheNewModelOfTheOldOne) {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    const TestRun one = random_run(seed), other = random_run(seed + 1000);
    CompareOptions options = kEverything;
    options.by_name = GetParam();
    EXPECT_EQ(patched(json_difference(one, other, options), model_of(one, options)), model_of(other, options)) << seed;
  }
}

TEST_P(RandomRuns, OrderOfHostsAndPortsDoesNotMatter) {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    const TestRun one = random_run(seed), other = random_run(seed + 1000);
    TestRun shuffled = one;
    std::mt19937 random(seed);
    std::ranges::shuffle(shuffled.hosts, random);
    for (HostReport& report : shuffled.hosts) {
      std::ranges::shuffle(report.ports, random);
      std::ranges::shuffle(report.scripts, random);
    }
    CompareOptions options = kEverything;
    options.by_name = GetParam();
    EXPECT_EQ(difference(one, shuffled, options), "") << seed;
    EXPECT_EQ(difference(one, other, options), difference(shuffled, other, options)) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(ByAddressAndName, RandomRuns, testing::Bool());

}  // namespace

}  // namespace sluice::test
