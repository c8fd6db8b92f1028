// SPDX-License-Identifier: Apache-2.0
#include "cli/status_display.hpp"

#include <gmock/gmock.h>

#include <atomic>

#include "cli/run_fixture.hpp"

namespace sluice::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

/// An engine that is not started.
struct Counted final : Engine {
  End run() override { return End::Finished; }
  std::optional<End> step() override { return End::Finished; }
  std::chrono::steady_clock::time_point next_deadline() override { return {}; }
  int poll_fd() const noexcept override { return -1; }
  void stop() noexcept override {}
  void hold_hosts(bool) noexcept override {}
  void report_stats() noexcept override { ++events; }
  void set_levels(int, int) noexcept override {}
  std::optional<RunStatus> status() override {
    if (asked++ == 0) return std::nullopt;
    RunStatus status;
    status.stats.hosts_done = 7;
    return status;
  }
  std::atomic<int> asked = 0, events = 0;
};

struct Screen {
  std::shared_ptr<Terminal> terminal =
      std::make_shared<Terminal>(Terminal::Device{[this](std::string_view bytes) {
                                                    const std::lock_guard lock(mutex);
                                                    written += bytes;
                                                    changed.notify_all();
                                                  },
                                                  [] { return Terminal::Size{}; }, Terminal::Clock::now});
  bool wait_for(const std::string& text) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), [&] { return written.find(text) != std::string::npos; });
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::string written;
};

TEST(StatusDisplay, ShortRunWritesAndAsksNothing) {
  Screen screen;
  Counted engine;
  { const StatusDisplay display(engine, screen.terminal, true); }
  EXPECT_EQ(screen.written, "");
  EXPECT_EQ(engine.asked, 0);
}

TEST(StatusDisplay, CountersAreShownAfterFirstSecondWithoutEvents) {
  Screen screen;
  Counted engine;
  const auto start = std::chrono::steady_clock::now();
  {
    const StatusDisplay display(engine, screen.terminal, false);
    EXPECT_TRUE(screen.wait_for("Hosts: 7 done"));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, StatusDisplay::kFirst);
  EXPECT_EQ(engine.events, 0);
  EXPECT_THAT(screen.written, EndsWith("\r\033[J"));
}

}  // namespace
}  // namespace sluice::cli
