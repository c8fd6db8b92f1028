// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include "native/signal_cpu_timer.hpp"
#include "nse/runtime/cpu_limit.hpp"
#include "nse/runtime/runtime.hpp"
#include "support/fake_network.hpp"
#include "support/manual_clock.hpp"

namespace sluice::nse {

/// A test with a Runtime over a FakeNetwork, in virtual time, with one host. Scripts are given as text. They use the
/// installed nselib. A test fails if it leaves a thread, a slot, a waiter, a deadline or a socket.
class RuntimeFixture : public ::testing::Test, public RuntimeObserver {
 protected:
  explicit RuntimeFixture(core::SlotPool::Limits limits = {20, 20}) : slots(limits) {
    char pattern[] = "/tmp/sluice-nse-XXXXXX";
    directory = ::mkdtemp(pattern);
    options.find_file = [](const std::string& name) -> std::optional<std::string> {
      std::string path = "/usr/share/nmap/" + name;
      return std::filesystem::is_regular_file(path) ? std::optional(path) : std::nullopt;
    };
    report.address = *Address::parse("192.0.2.1");
    report.target_name = "host.example";
    for (const std::uint16_t port : {22, 80, 443})
      report.ports.push_back({port, Protocol::Tcp, PortState::Open, Reason::SynAck, 0, "", nullptr});
    host.report = &report;
  }
  ~RuntimeFixture() override { std::filesystem::remove_all(directory); }

  void SetUp() override {
    if (!std::filesystem::exists("/usr/share/nmap/nselib/stdnse.lua"))
      GTEST_SKIP() << "needs nselib (Debian package nmap-common)";
  }
  void TearDown() override {
    if (!runtime) return;
    EXPECT_EQ(runtime->threads(), 0u) << "threads are left";
    runtime->reap();
    EXPECT_EQ(slots.held(), 0u) << "slots are left";
    EXPECT_EQ(slots.waiting(), 0u) << "waiters are left";
    EXPECT_EQ(deadlines.size(), 0u) << "deadlines are left";
    if (entered) runtime->leave(host);
    scripts.clear();
    runtime.reset();
  }

  /// Creates the Runtime at the first call. Set `options` and `cpu` before.
  Runtime& make() {
    if (runtime) return *runtime;
    watchdog.emplace(cpu, on_cpu_limit, std::make_unique<net::SignalCpuTimer>(), [this] {
      std::fprintf(stderr, "%s is stuck\n", runtime->culprit().c_str());
      ::_exit(1);
    });
    auto made = Runtime::create({.clock = clock,
                                 .scheduler = scheduler,
                                 .slots = slots,
                                 .deadlines = deadlines,
                                 .sockets = network,
                                 .raw_sockets = network,
                                 .resolver = network,
                                 .processes = network,
                                 .routing = network,
                                 .watchdog = *watchdog,
                                 .random_seed = [] { return std::random_device()(); }},
                                options, *this);
    if (!made) throw std::runtime_error(made.error().message);
    runtime = std::move(*made);
    return *runtime;
  }

  /// Loads a script. Returns "" and sets scripts[id] on success; otherwise "skipped" or the error message.
  std::string load(const std::string& id, const std::string& source) {
    const std::string path = directory + "/" + id + ".nse";
    std::ofstream(path) << source;
    auto loaded = make().load(path, id);
    if (!loaded) return loaded.error().message;
    if (loaded->skipped) return "skipped";
    scripts.insert_or_assign(id, std::move(loaded->script));
    return {};
  }
  /// Loads a script with this code as its action. Its rules return true.
  void script(const std::string& id, const std::string& action) {
    const std::string error = load(id,
                                   "local nmap = require 'nmap'\nlocal stdnse = require 'stdnse'\n"
                                   "hostrule = function(host) return true end\n"
                                   "portrule = function(host, port) return true end\n"
                                   "prerule = function() return true end\n"
                                   "action = function(host, port)\n" +
                                       action + "\nend");
    ASSERT_EQ(error, "");
  }
  void start(const std::string& id, PortReport* port) {
    if (!std::exchange(entered, true)) runtime->enter(host);
    runtime->start(scripts.at(id), port ? ScriptRule::Port : ScriptRule::Host, false, &host, port);
  }
  void start_port(const std::string& id, std::size_t port = 1) { start(id, &report.ports[port]); }
  void start_host(const std::string& id) { start(id, nullptr); }

  /// Runs in virtual time until no thread is left, or until no event can follow.
  void run() {
    for (int turns = 0; turns < 1'000'000 && runtime->threads() > 0; ++turns) {
      if (runtime->memory.exceeded()) runtime->memory.relieve();
      if (scheduler.ready()) {
        scheduler.run_turn();
        scheduler.run_slice();
        runtime->reap();
        deadlines.expire(clock.now());
        continue;
      }
      const auto next = deadlines.next();
      if (!next || *next == kNever) return;
      if (*next > clock.now()) clock.advance(*next - clock.now());
      deadlines.expire(clock.now());
    }
  }
  /// Runs this code as the action of a port script on port 80. Returns the text of its result, as result() does.
  std::string act(const std::string& action) {
    script("act", action);
    start_port("act");
    run();
    return result("act");
  }
  /// Returns the outcome of the last instance of a script: "silent", "timed out", "killed", "failed: <message>", or the
  /// text of its result.
  std::string result(const std::string& id) const {
    const auto found = finished.find(id);
    if (found == finished.end()) return "not finished";
    const event::ScriptFinished& last = found->second;
    switch (last.outcome) {
      case event::Outcome::Silent:
        return "silent";
      case event::Outcome::TimedOut:
        return "timed out";
      case event::Outcome::Killed:
        return "killed";
      case event::Outcome::Failed:
        return "failed: " + last.message;
      default:
        return last.result->output;
    }
  }

  /// Returns the text of its result, whatever the outcome is; "" if there is none.
  std::string line(const std::string& id) const {
    const auto found = finished.find(id);
    return found == finished.end() || !found->second.result ? "" : found->second.result->output;
  }
  std::string act_line(const std::string& action) {
    act(action);
    return line("act");
  }

  void on_log(event::Log line) override { log += line.text + "\n"; }
  void on_script_started(ScriptThread&) override { ++actions; }
  void on_worker_failed(event::ChildThreadFailed failed) override {
    failed_workers.push_back(std::move(failed.worker));
  }
  void on_deadlock(event::DeadlockFound found) override { deadlocks.push_back(std::move(found)); }
  void on_script_finished(ScriptThread&, event::ScriptFinished done) override {
    ++ended;
    const std::string id = done.id;
    finished.insert_or_assign(id, std::move(done));
  }
  void on_port_opened(const HostReport&, const PortReport& port) override { opened_ports.push_back(port.number); }
  std::size_t add_targets(std::vector<std::string> specifications) override {
    targets.insert(targets.end(), specifications.begin(), specifications.end());
    return specifications.empty() ? targets.size() : specifications.size();
  }
  std::size_t targets_added() const override { return targets.size(); }

  ManualClock clock;
  core::Deadlines deadlines;
  core::Scheduler scheduler{clock};
  core::SlotPool slots;
  net::FakeNetwork network{deadlines, clock};
  RuntimeOptions options;
  CpuLimits cpu;
  HostReport report;
  ScriptHost host;
  std::optional<CpuWatchdog> watchdog;
  std::unique_ptr<Runtime> runtime;
  std::map<std::string, Script> scripts;
  std::vector<event::ScriptFinished> failed_workers;
  std::vector<event::DeadlockFound> deadlocks;
  std::map<std::string, event::ScriptFinished> finished;
  std::vector<std::uint16_t> opened_ports;
  std::vector<std::string> targets;
  std::string log, directory;
  std::size_t actions = 0, ended = 0;
  bool entered = false;
};

}  // namespace sluice::nse
