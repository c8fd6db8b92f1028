// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

#include "engine/driver.hpp"
#include "engine/platform.hpp"
#include "engine/shard.hpp"
#include "support/fake_network.hpp"
#include "support/fake_pinger.hpp"
#include "support/manual_clock.hpp"

namespace sluice::engine {

/// A PlatformPort in virtual time, over fake networks. A whole run executes on one OS thread. The seed determines in
/// which order the shards are stepped. Time advances when all shards are idle, and while Lua code runs. The test fails
/// if sockets or deadlines are left at the end. Not thread-safe.
class SimPlatform final : public PlatformPort {
 public:
  explicit SimPlatform(std::uint64_t seed) : random_(seed) {}

  /// Adds the servers to the network of a shard. Called once for each shard.
  std::function<void(net::FakeNetwork& network)> set_up = [](net::FakeNetwork&) {};
  /// Called after each step of a shard.
  std::function<void()> check = [] {};
  /// Called when a network is destroyed.
  std::function<void(const net::FakeNetwork& network)> check_end = [](const net::FakeNetwork&) {};
  SystemLimits system_limits{1024, 0, 4};
  model::DataPlaces places;
  /// Maximum virtual duration of a run. A longer run throws.
  Duration longest = std::chrono::hours(2);

  [[nodiscard]] const std::vector<net::FakeNetwork*>& networks() const { return networks_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

  [[nodiscard]] const Clock& clock() const noexcept override { return clock_; }
  [[nodiscard]] std::uint64_t random_seed() override { return random_(); }
  [[nodiscard]] SystemLimits limits() override { return system_limits; }
  [[nodiscard]] model::DataPlaces data_places() const override { return places; }
  [[nodiscard]] bool privileged(std::optional<bool> said) const override { return said.value_or(false); }
  [[nodiscard]] net::PingRights ping_rights(Family, bool) const override { return {}; }
  [[nodiscard]] std::vector<net::Interface> interfaces() const override { return {}; }
  [[nodiscard]] std::optional<net::Route> route(const Address&, const std::string&) const override { return {}; }
  [[nodiscard]] std::vector<Address> name_servers() const override { return {}; }
  [[nodiscard]] int bind_failure(Protocol, const Endpoint&, const std::string&) const override { return 0; }
  [[nodiscard]] std::unique_ptr<net::EventLoop> make_event_loop() override { return std::make_unique<Loop>(*this); }
  [[nodiscard]] std::unique_ptr<net::Network> make_network(net::EventLoop&, core::Deadlines& deadlines,
                                                           net::NetworkOptions) override {
    auto network = std::make_unique<Network>(*this, deadlines);
    set_up(*network);
    return network;
  }
  [[nodiscard]] std::unique_ptr<net::Pinger> make_pinger(net::EventLoop&, core::Deadlines& deadlines,
                                                         net::PingerOptions) override {
    return std::make_unique<net::FakePinger>(deadlines, clock_);
  }
  [[nodiscard]] Result<std::unique_ptr<net::InputStream>> open_input(net::EventLoop&,
                                                                     const std::string& path) override {
    return Error{path + ": not simulated"};
  }
  [[nodiscard]] std::unique_ptr<core::CpuTimer> make_cpu_timer() override { return std::make_unique<Timer>(clock_); }
  [[nodiscard]] std::unique_ptr<Driver> make_driver() override { return std::make_unique<Steps>(*this); }
  [[nodiscard]] bool ends_process_when_stuck() const noexcept override { return false; }
  [[noreturn]] void end_process() noexcept override { std::abort(); }

 private:
  /// Registers itself with the platform, and checks for deadlines that are left at its end.
  class Network final : public net::FakeNetwork {
   public:
    Network(SimPlatform& platform, core::Deadlines& deadlines)
        : net::FakeNetwork(deadlines, platform.clock_), platform_(platform), deadlines_(deadlines) {
      platform_.networks_.push_back(this);
      platform_.deadlines_.push_back(&deadlines);
    }
    ~Network() override {
      EXPECT_EQ(deadlines_.size(), pending_lookups()) << "timers are left";
      platform_.check_end(*this);
      std::erase(platform_.networks_, this);
      std::erase(platform_.deadlines_, &deadlines_);
    }

   private:
    SimPlatform& platform_;
    core::Deadlines& deadlines_;
  };

  /// The event loop of a shard. While the first shard waits or polls, the others are stepped. Time advances while it
  /// waits.
  class Loop final : public net::EventLoop {
   public:
    explicit Loop(SimPlatform& platform) : platform_(platform) {}
    void wait(TimePoint until) override {
      platform_.pass(until, woken_);
      woken_ = false;
    }
    bool poll() override {
      platform_.step_others();
      return true;
    }
    [[nodiscard]] int descriptor() const noexcept override { return -1; }
    void wake() noexcept override { woken_ = true; }

   private:
    SimPlatform& platform_;
    bool woken_ = false;
  };

  /// Each kStride instructions of Lua take kTime. C functions take no time.
  class Timer final : public core::CpuTimer {
   public:
    explicit Timer(ManualClock& clock) : clock_(clock) {}
    [[nodiscard]] std::chrono::nanoseconds now() const noexcept override { return used_; }
    void start(core::CpuTimerTarget& target) noexcept override { target_ = &target; }
    void set(std::chrono::nanoseconds first, std::chrono::nanoseconds period) noexcept override {
      next_ = used_ + first;
      period_ = period;
    }
    [[nodiscard]] int stride() const noexcept override { return kStride; }
    void count() noexcept override {
      used_ += kTime;
      clock_.advance(kTime);
      if (!target_ || used_ < next_) return;
      next_ = used_ + period_;
      target_->on_tick(nullptr);
    }

   private:
    static constexpr int kStride = 1000;
    static constexpr std::chrono::nanoseconds kTime = std::chrono::milliseconds(1);
    ManualClock& clock_;
    core::CpuTimerTarget* target_ = nullptr;
    std::chrono::nanoseconds used_{0}, next_{0}, period_{0};
  };

  /// Registers the shards that the platform steps.
  class Steps final : public Driver {
   public:
    explicit Steps(SimPlatform& platform) : platform_(platform) {}
    void start(Shard& shard) override { platform_.others_.push_back(&shard); }
    void join() override {
      bool never_woken = false;
      while (!platform_.others_.empty()) platform_.pass(platform_.clock_.now() + std::chrono::seconds(1), never_woken);
    }

   private:
    SimPlatform& platform_;
  };

  void step(Shard& shard) {
    ++steps_;
    if (!shard.work()) std::erase(others_, &shard);
    check();
  }
  /// True if a deadline has expired.
  [[nodiscard]] bool due() const {
    return std::ranges::any_of(deadlines_, [&](const core::Deadlines* deadlines) {
      const auto next = deadlines->next();
      return next && *next <= clock_.now();
    });
  }
  /// Steps up to two of the other shards that are ready.
  void step_others() {
    check();
    for (std::size_t left = random_() % 3; left > 0; --left) {
      std::vector<Shard*> ready;
      for (Shard* shard : others_)
        if (shard->ready()) ready.push_back(shard);
      if (ready.empty()) return;
      step(*ready[random_() % ready.size()]);
    }
  }
  /// Steps the other shards and advances time until `woken`, or until the time is `until`.
  void pass(TimePoint until, const bool& woken) {
    while (!woken && clock_.now() < until) {
      std::vector<Shard*> ready;
      for (Shard* shard : others_)
        if (shard->ready() || due()) ready.push_back(shard);
      if (!ready.empty()) {
        std::shuffle(ready.begin(), ready.end(), random_);
        for (Shard* shard : ready) {
          step(*shard);
          if (woken) return;
        }
        continue;
      }
      TimePoint next = until;
      for (Shard* shard : others_) next = std::min(next, shard->prepare_wait());
      if (std::ranges::any_of(others_, [](const Shard* shard) { return shard->ready(); })) continue;
      if (next == kNever) throw std::logic_error("nothing will ever happen");
      if (next - TimePoint{} > longest) throw std::logic_error("the run lasts too long");
      if (next > clock_.now()) clock_.advance(next - clock_.now());
    }
  }

  std::mt19937_64 random_;
  ManualClock clock_;
  std::vector<net::FakeNetwork*> networks_;
  std::vector<core::Deadlines*> deadlines_;
  std::vector<Shard*> others_;
  std::uint64_t steps_ = 0;
};

}  // namespace sluice::engine
