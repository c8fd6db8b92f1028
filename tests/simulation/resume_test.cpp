// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sluice/engine.hpp>
#include <sluice/event_reader.hpp>
#include <string>
#include <vector>

#include "engine/run.hpp"
#include "journal/continuation.hpp"
#include "journal/obsolete_events.hpp"
#include "output/json_writer.hpp"
#include "support/sim_platform.hpp"

// Runs that are killed after each of their events and go on, in virtual time.

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using journal::Continuation;
using output::JsonWriter;
using Port = std::pair<Address, std::uint16_t>;

/// The stored events of a run: lines of a journal by their numbers.
using Rows = std::map<std::int64_t, std::string>;

/// Passes stored events on.
void read(
    const Rows& rows, Observer& observer, const std::function<void(std::int64_t)>& at = [](auto) {}) {
  EventReader reader(observer);
  for (const auto& [row, line] : rows) {
    at(row);
    const auto done = reader.read(line);
    EXPECT_TRUE(done) << done.error().message;
  }
}

/// Removes the rows that a journal does not have after the last of them.
void remove_obsolete(Rows& rows) {
  struct Removal final : Observer {
    void on_event(const Event& event) override {
      for (const std::uint64_t found : obsolete.note(event, number))
        removed.push_back(static_cast<std::int64_t>(found));
    }
    std::uint64_t number = 0;
    journal::ObsoleteEvents obsolete;
    std::vector<std::int64_t> removed;
  } removal;
  read(rows, removal, [&](std::int64_t row) { removal.number = static_cast<std::uint64_t>(row); });
  for (const std::int64_t row : removal.removed) rows.erase(row);
}

/// Changes the rows of an interrupted run as a journal does, and returns what they tell.
std::shared_ptr<const EarlierRun> go_on(Rows& rows) {
  Continuation before;
  read(rows, before, [&](std::int64_t row) { before.set_row(row); });
  const auto events = static_cast<std::uint64_t>(rows.rbegin()->first);
  const Continuation::Changes changes = before.take_changes();
  for (const std::int64_t row : changes.removed) rows.erase(row);
  for (const auto& [row, event] : changes.replaced)
    JsonWriter(
        {}, [&, row = row](std::string_view line) { rows[row] = line; }, JsonWriter::Content::Journal)
        .on_event(event);
  Continuation after;
  read(rows, after);
  auto earlier = std::make_shared<EarlierRun>(after.take_run());
  earlier->events = events;
  return earlier;
}

/// An observer that stores events, as a journal does.
class Store final : public Observer {
 public:
  explicit Store(Rows& rows)
      : rows_(rows),
        writer_(
            {}, [this](std::string_view line) { rows_[number_] = line; }, JsonWriter::Content::Journal) {}
  /// Goes on behind the stored events.
  void resume(std::int64_t number) {
    const Rows stored = rows_;
    read(stored, writer_, [this](std::int64_t row) { number_ = row; });
    number_ = number;
  }
  void on_event(const Event& event) override {
    ++number_;
    if (const auto* host = std::get_if<event::HostFinished>(&event.what)) finished.insert(host->report->address);
    writer_.on_event(event);
  }
  std::set<Address> finished;

 private:
  Rows& rows_;
  std::int64_t number_ = 0;
  JsonWriter writer_;
};

struct Resume : testing::Test {
  Resume() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-resume-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    options.datadir = folder;
    options.targets = {"192.0.2.1-3", "named.example"};
    options.ports = "22,80,81,443";
    options.discovery = false;
    options.tells_ports = true;
    options.reverse_dns = Options::ReverseDns::Never;
    options.command_line = {"sluice"};
    std::ofstream(folder / "probes") << "Probe TCP NULL q||\ntotalwaitms 3000\nmatch ssh m|^SSH-([\\d.]+)| v/$1/\n";
    std::filesystem::create_directory(folder / "scripts");
    std::ofstream(folder / "scripts" / "script.db") << "";
    options.version_file = folder / "probes";
    script("port", "portrule", "require 'stdnse'.sleep(0.2) return 'open ' .. port.number");
    script("host", "hostrule", "require 'stdnse'.sleep(0.1) return 'found'");
    script("later", "hostrule", "return 'later'", "dependencies = {'host'}");
    script("fails", "hostrule", "if host.ip:find('3$') then error('broken') end");
    script("before", "prerule", "require 'stdnse'.sleep(0.3) return 'before'");
    script("adds", "hostrule", "nmap.add_targets('192.0.2.' .. 10 + host.ip:match('%d$')) return 'added'");
    script("after", "postrule", "require 'stdnse'.sleep(0.3) return 'after'");
  }
  ~Resume() override { std::filesystem::remove_all(folder); }

  void script(const std::string& id, const std::string& rule, const std::string& action, const std::string& more = "") {
    const std::filesystem::path path = folder / (id + ".nse");
    std::ofstream(path) << "nmap = require 'nmap'\ncategories = {}\n"
                        << more << "\n"
                        << rule << " = function(host, port) return not host or not host.ip:find('%d%d$') end\n"
                        << "action = function(host, port) " << action << " end\n";
    options.scripts = true;
    options.script_rules.push_back(path);
  }
  static void set_up(net::FakeNetwork& network) {
    network.name("named.example", {*Address::parse("192.0.2.9")}, 50ms);
    for (const char* host : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.9", "192.0.2.11", "192.0.2.12"}) {
      const Address address = *Address::parse(host);
      network.tcp({address, 22}).accept().rtt(30ms).banner("SSH-2.0 x\n");
      network.tcp({address, 80}).accept().rtt(60ms);
      network.tcp({address, 81}).refuse().rtt(90ms);
      network.tcp({address, 443}).silent();
    }
    for (std::uint16_t port = 1; port <= 400; ++port) {
      auto& end = network.tcp({*Address::parse("192.0.2.20"), port});
      port == 77 ? end.accept().rtt(20ms) : end.refuse().rtt(20ms);
    }
  }
  /// Runs the engine, and stores its events in `rows`.
  void run(Rows& rows, std::shared_ptr<const EarlierRun> earlier = nullptr) {
    probed.clear();
    lookups = 0;
    Store store(rows);
    if (earlier) store.resume(static_cast<std::int64_t>(earlier->events));
    const auto platform = std::make_shared<engine::SimPlatform>(1);
    platform->set_up = set_up;
    platform->check_end = [this](const net::FakeNetwork& network) {
      for (const auto& attempt : network.attempts())
        if (attempt.probe) probed.emplace(attempt.remote.address, attempt.remote.port);
      lookups += network.lookups().size();
    };
    Options wanted = options;
    wanted.earlier = std::move(earlier);
    auto made = engine::create_run(std::move(wanted), store, platform);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ((*made)->run(), Engine::End::Finished);
  }
  /// Returns the events without times, and without those that tell of the work and not of its results.
  static std::multiset<std::string> results(const Rows& rows) {
    constexpr const char* kWork[] = {"task_started", "task_ended",    "stats",        "log",
                                     "run_resumed",  "ports_scanned", "host_scanned", "task_progress"};
    std::multiset<std::string> found;
    for (const auto& [row, line] : rows) {
      Json event = Json::parse(line);
      if (std::ranges::count(kWork, event.at("event")) > 0) continue;
      for (const char* key : {"time", "elapsed", "start", "end", "thread", "waits", "number"}) event.erase(key);
      if (event.contains("times")) event["times"] = "known";
      found.insert(event.dump());
    }
    return found;
  }
  /// Kills the run after each `every`-th event, resumes it, kills it again at a random event, and compares the whole.
  void check(std::int64_t every = 1) {
    Rows whole;
    run(whole);
    const auto expected = results(whole);
    std::mt19937_64 random(1);
    for (auto end = std::next(whole.begin()); end != whole.end() && !HasFailure(); ++end) {
      if (end->first % every != 0) continue;
      SCOPED_TRACE("killed before event " + std::to_string(end->first) + ": " + end->second);
      Rows rows(whole.begin(), end);
      for (const bool kill_again : {true, false}) {
        remove_obsolete(rows);
        const auto earlier = go_on(rows);
        const std::int64_t kept = rows.empty() ? 0 : rows.rbegin()->first;
        run(rows, earlier);
        for (const auto& [host, times] : earlier->finished)
          for (const std::uint16_t port : {22, 80, 81, 443})
            EXPECT_FALSE(probed.contains({host.first, port}))
                << host.first.text() << " has finished, and is probed again";
        for (const auto& [host, unfinished] : earlier->unfinished)
          for (const PortReport& port : unfinished.report.ports)
            EXPECT_FALSE(probed.contains({host.first, port.number}))
                << host.first.text() << " has a state of port " << port.number;
        EXPECT_TRUE(lookups == 0 || !earlier->names.contains("named.example")) << "a known name is looked up again";
        if (!kill_again) break;
        const auto fresh = rows.upper_bound(kept);
        const auto count = static_cast<std::uint64_t>(std::distance(fresh, rows.end()));
        rows.erase(std::next(fresh, static_cast<std::ptrdiff_t>(1 + random() % count)), rows.end());
        if (Json::parse(rows.rbegin()->second).at("event") == "run_finished") break;
      }
      const auto found = results(rows);
      std::vector<std::string> missing, added;
      std::ranges::set_difference(expected, found, std::back_inserter(missing));
      std::ranges::set_difference(found, expected, std::back_inserter(added));
      EXPECT_THAT(missing, testing::IsEmpty());
      EXPECT_THAT(added, testing::IsEmpty());
    }
  }

  std::filesystem::path folder;
  Options options;
  std::set<Port> probed;  ///< by the port scan of the last run
  std::size_t lookups = 0;
};

TEST_F(Resume, RunThatIsKilledAtAnyEventGivesTheSameResults) { check(); }

TEST_F(Resume, KilledScanOfManyPortsGivesTheSameResults) {
  options.targets = {"192.0.2.20"};
  options.ports = "1-400";
  options.max_rate = 100;
  options.scripts = false;
  options.script_rules.clear();
  Rows rows;
  run(rows);
  const auto all = [](const auto& row) { return row.second.find("\"all\":true") != std::string::npos; };
  EXPECT_GE(std::ranges::count_if(rows, all), 2);
  const auto events = rows.size();
  remove_obsolete(rows);
  EXPECT_LT(rows.size() + 60, events);
  check(7);
}

TEST_F(Resume, KilledVersionDetectionGivesTheSameResults) {
  options.versions = true;
  check(3);
}

TEST_F(Resume, KilledRunWithSeveralWorkersGivesTheSameResults) {
  options.workers = 3;
  check(3);
}

TEST_F(Resume, KilledDiscoveryGivesTheSameResults) {
  options.discovery = true;
  options.syn_pings = "7";
  options.scripts = false;
  check();
}

TEST_F(Resume, KilledRunWhoseReportsHaveAnOrderGivesTheSameResults) {
  options.discovery = true;
  options.syn_pings = "7";
  options.port_scan = false;
  options.ports.reset();
  options.scripts = false;
  check();
}

}  // namespace
}  // namespace sluice::simulation
