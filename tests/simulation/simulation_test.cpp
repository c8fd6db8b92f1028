// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sluice/report_reader.hpp>
#include <sluice/writer.hpp>

#include "engine/run.hpp"
#include "simulation/workload.hpp"
#include "support/ndjson_lines.hpp"
#include "support/sim_platform.hpp"

// Whole runs in virtual time over fake networks. A seed determines the run. The environment variables SLUICE_SEEDS
// (number of seeds) and SLUICE_FIRST_SEED choose the seeds; `make simulate` sets both.

namespace sluice::simulation {
namespace {

std::uint64_t number_of(const char* variable, std::uint64_t fallback) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

/// The reports of a run.
struct Reports final : Observer {
  void on_event(const Event& event) override {
    json_writer->on_event(event);
    xml_writer->on_event(event);
  }
  std::string json, xml;
  const std::unique_ptr<Observer> json_writer =
                                      make_writer(Format::Json, {}, [this](std::string_view bytes) { json += bytes; }),
                                  xml_writer =
                                      make_writer(Format::Xml, {}, [this](std::string_view bytes) { xml += bytes; });
};

/// Writes the reports `again` from the events of a report.
void read_back(Format format, const std::string& report, Reports& again) {
  const auto reader = make_reader(format, again);
  const Result<void> read = (*reader)->read(report), finished = (*reader)->finish();
  EXPECT_TRUE(read) << read.error().message;
  EXPECT_TRUE(finished) << finished.error().message;
}

/// Checks that the events can be read back.
void check_reading(const Reports& reports) {
  Reports from_json, from_xml, from_json_of_xml;
  read_back(Format::Json, reports.json, from_json);
  EXPECT_EQ(from_json.json, reports.json);
  EXPECT_EQ(from_json.xml, reports.xml);
  read_back(Format::Xml, reports.xml, from_xml);
  EXPECT_EQ(from_xml.xml, reports.xml);
  read_back(Format::Json, from_xml.json, from_json_of_xml);
  EXPECT_EQ(from_json_of_xml.xml, reports.xml);
}

/// Checks the invariants of each run, and stores its event stream as text.
class Watch final : public Observer {
 public:
  explicit Watch(const Workload& workload) : workload_(workload) {}

  void on_event(const Event& event) override {
    reports.on_event(event);
    ++events_;
    EXPECT_FALSE(ended_) << "an event after the last one";
    std::visit([this](const auto& what) { note(what); }, event.what);
    note_time(event.time);
    if (workload_.stop_after() != events_ || !stop) return;
    stopped_ = event.time;
    stop();
  }
  void check_end() const {
    EXPECT_TRUE(ended_) << "the run has no last event";
    if (const auto limit = workload_.options().max_time) {
      EXPECT_LE(elapsed_, *limit + kTimeToEnd) << "the run goes on after --max-time";
      EXPECT_TRUE(!expired_ || elapsed_ >= *limit) << "the run ends before --max-time";
    } else {
      EXPECT_FALSE(expired_);
    }
    if (expired_ || (workload_.stop_after() > 0 && events_ >= workload_.stop_after())) return;
    for (const Address& host : workload_.hosts()) EXPECT_EQ(finished_.count(host), 1u) << host.text() << " is missing";
  }

  [[nodiscard]] bool has_finished(const Address& host) const { return finished_.contains(host); }
  /// The source ports for which scripts of a host have requested slots, by host, in the order of the requests.
  [[nodiscard]] const std::map<std::string, std::vector<std::string>>& wants() const { return wants_; }

  Reports reports;
  std::function<void()> stop;

 private:
  template <class What>
  void note(const What&) {}
  void note(const event::ScriptStarted& started) {
    if (!started.place.address) return;
    EXPECT_FALSE(finished_.contains(*started.place.address)) << "a script starts after the end of its host";
  }
  void note(const event::ScriptFinished& finished) {
    EXPECT_FALSE(finished.result && finished.result->output.ends_with("woken early"))
        << "a reply to another thread has ended a sleep";
    if (!finished.place.address) return;
    EXPECT_FALSE(finished_.contains(*finished.place.address)) << "a script outlives its host";
  }
  void note(const event::ChildThreadFailed& failed) { note(failed.worker); }
  void note(const event::DeadlockFound&) {
    EXPECT_TRUE(workload_.deadlocks()) << "a deadlock of scripts that have none";
  }
  void note(const event::HostFinished& finished) {
    EXPECT_TRUE(finished_.insert(finished.report->address).second) << "a host is reported twice";
  }
  void note(const event::Log& log) {
    constexpr std::string_view kWants = "NSE: wants ";
    if (!log.text.starts_with(kWants)) return;
    const std::size_t end = log.text.find(' ', kWants.size());
    wants_[log.text.substr(kWants.size(), end - kWants.size())].push_back(log.text.substr(end + 1));
  }
  /// Checks that a stopped run ends.
  void note_time(WallTime now) {
    constexpr std::chrono::seconds kLongest(2);
    EXPECT_LE(now, stopped_.value_or(now) + kLongest) << "the run goes on after the stop request";
  }
  void note(const event::RunFinished& run) {
    ended_ = true;
    elapsed_ = run.elapsed;
    expired_ = run.error == "--max-time has expired";
  }

  /// Virtual time in which a run must end after --max-time: scripts that compute delay the turn in which the limit is
  /// noticed, and are then killed.
  static constexpr std::chrono::seconds kTimeToEnd{10};

  const Workload& workload_;
  std::set<Address> finished_;
  std::map<std::string, std::vector<std::string>> wants_;
  std::size_t events_ = 0;
  std::optional<WallTime> stopped_;
  std::chrono::milliseconds elapsed_{0};
  bool ended_ = false;
  bool expired_ = false;  ///< --max-time has ended the run
};

/// A temporary directory with the files of the workloads.
struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-simulation-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
    write_files(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

/// Checks that slots are granted to the threads of a host in the order of their requests. Each thread of the script
/// "queueing" logs its source port before its request; the connects from these ports must come in the same order. A
/// thread that was killed before its connect is skipped.
void check_order(const net::FakeNetwork& network, const std::map<std::string, std::vector<std::string>>& wants) {
  std::map<std::string, std::vector<std::string>> connects;
  for (const auto& attempt : network.attempts())
    if (attempt.local && attempt.local->port >= kFirstQueuePort && attempt.local->port < kLastQueuePort)
      connects[attempt.remote.address.text()].push_back(std::to_string(attempt.local->port));
  for (const auto& [host, ports] : connects) {
    const auto& wanted = wants.at(host);
    auto next = wanted.begin();
    for (const std::string& port : ports) {
      next = std::find(next, wanted.end(), port);
      ASSERT_NE(next, wanted.end()) << "a slot of " << host << " out of turn";
    }
  }
}

/// Runs the workload of a seed. Returns its event stream.
std::string simulate(std::uint64_t seed, const std::string& folder) {
  const Workload workload(seed, folder);
  Watch watch(workload);
  const auto platform = std::make_shared<engine::SimPlatform>(seed);
  platform->set_up = [&](net::FakeNetwork& network) { workload.set_up(network); };
  platform->check = [&] {
    for (const net::FakeNetwork* network : platform->networks())
      for (const auto& [host, count] : network->connections())
        ASSERT_TRUE(count == 0 || !watch.has_finished(host)) << host.text() << " has finished, but has connections";
    if (workload.piles_up()) return;
    std::size_t open = 0;
    for (const net::FakeNetwork* network : platform->networks())
      for (const auto& [host, count] : network->connections()) {
        open += count;
        ASSERT_LE(count, *workload.options().host_slots) << "more connections to " << host.text() << " than its slots";
      }
    const std::size_t slots = std::max<std::size_t>(*workload.options().socket_slots, workload.options().workers);
    ASSERT_LE(open, slots) << "more connections than slots";
  };
  platform->check_end = [&](const net::FakeNetwork& network) { check_order(network, watch.wants()); };
  auto made = engine::create_run(workload.options(), watch, platform);
  if (!made) {
    ADD_FAILURE() << made.error().message;
    return "";
  }
  watch.stop = [&] { (*made)->stop(); };
  EXPECT_NO_THROW((*made)->run());
  watch.check_end();
  made->reset();
  check_reading(watch.reports);
  return watch.reports.json;
}

/// Removes the names of functions in tracebacks. Lua searches for them in the order of `pairs`, which differs between
/// runs.
std::string without_names(const std::string& stream) {
  static const std::regex kName("in function '[^']*'");
  return std::regex_replace(stream, kName, "in function");
}

/// Returns the first line that differs, of both streams; "" if they are equal.
std::string first_difference(const std::string& one, const std::string& other) {
  if (one == other) return "";
  const auto [at, there] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
  const auto line = [](const std::string& text, std::size_t place) {
    const std::size_t before = place == 0 ? std::string::npos : text.rfind('\n', place - 1);
    const std::size_t start = before == std::string::npos ? 0 : before + 1;
    return text.substr(start, text.find('\n', start) - start);
  };
  return line(one, static_cast<std::size_t>(at - one.begin())) + "\n" +
         line(other, static_cast<std::size_t>(there - other.begin()));
}

TEST(Simulation, InvariantsHoldAndTheSameSeedGivesTheSameEvents) {
  constexpr std::uint64_t kKeptSeeds = 20;
  const Folder folder;
  const std::uint64_t first = number_of("SLUICE_FIRST_SEED", 1), count = number_of("SLUICE_SEEDS", 200);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string stream = simulate(seed, folder.path);
    if (seed - first < kKeptSeeds) keep_lines(stream);
    const std::string one = without_names(stream);
    const std::string other = without_names(simulate(seed, folder.path));
    EXPECT_EQ(first_difference(one, other), "");
    if (HasFailure()) FAIL() << "seed " << seed << "; to repeat: make simulate FIRST=" << seed << " SEEDS=1";
  }
}

}  // namespace
}  // namespace sluice::simulation
