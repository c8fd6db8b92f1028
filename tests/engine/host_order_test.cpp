// SPDX-License-Identifier: Apache-2.0
#include "engine/host_order.hpp"

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

using namespace std::chrono_literals;

struct HostOrder : testing::Test {
  /// Opens hosts 0 to `count` - 1, each as a separate target.
  void open(std::uint64_t count) {
    for (std::uint64_t each = 0; each < count; ++each) order.open({each, 0});
    order.set_floor({count, 0});
  }
  std::string finish(std::uint64_t host, std::uint64_t address = 0) {
    auto report = std::make_shared<HostReport>();
    report->target_name = std::to_string(host) + (address > 0 ? "." + std::to_string(address) : "");
    order.finish({host, address}, std::move(report), now);
    return released();
  }
  std::string pass(Duration time) {
    now += time;
    return released();
  }
  std::string released() { return show(order.release(now)); }
  static std::string show(const engine::HostOrder::Reports& reports) {
    std::string text;
    for (const auto& report : reports) text += (text.empty() ? "" : " ") + report->target_name;
    return text;
  }
  engine::HostOrder order;
  TimePoint now{1h};
};

TEST_F(HostOrder, HostWaitsForEarlierHosts) {
  open(4);
  EXPECT_EQ(finish(2), "");
  EXPECT_EQ(finish(0), "0");
  EXPECT_EQ(finish(1), "1 2");
  EXPECT_EQ(order.due(), kNever);
  EXPECT_EQ(finish(3), "3");
}

TEST_F(HostOrder, HostWaitsForUnopenedEarlierTargets) {
  order.open({1, 0});
  order.open({1, 1});
  order.set_floor({0, 0});
  EXPECT_EQ(finish(1, 1), "");
  EXPECT_EQ(finish(1, 0), "");
  order.set_floor({2, 0});
  EXPECT_EQ(released(), "1 1.1");
}

TEST_F(HostOrder, HostWaitsAtMostFiveSeconds) {
  open(5);
  EXPECT_EQ(finish(1), "");
  EXPECT_EQ(pass(2s), "");
  EXPECT_EQ(finish(3), "");
  EXPECT_EQ(order.due(), now + 3s);
  EXPECT_EQ(pass(2999ms), "");
  EXPECT_EQ(pass(1ms), "1");
  EXPECT_EQ(order.due(), now + 2s);
  EXPECT_EQ(finish(0), "0") << "it is late";
  EXPECT_EQ(pass(2s), "3");
  EXPECT_EQ(finish(4), "");
  EXPECT_EQ(finish(2), "2 4");
  EXPECT_EQ(order.waiting(), 0u);
}

TEST_F(HostOrder, EarlierHostsAreReleasedBeforeExpiredHost) {
  open(4);
  EXPECT_EQ(finish(3), "");
  EXPECT_EQ(pass(4s), "");
  EXPECT_EQ(finish(1), "");
  EXPECT_EQ(pass(1s), "1 3");
}

TEST_F(HostOrder, NumberOfWaitingHostsIsLimited) {
  open(engine::HostOrder::kMaxWaiting + 10);
  for (std::uint64_t host = 1; host <= engine::HostOrder::kMaxWaiting; ++host) EXPECT_EQ(finish(host), "");
  EXPECT_EQ(finish(engine::HostOrder::kMaxWaiting + 2), "1");
  EXPECT_EQ(order.waiting(), engine::HostOrder::kMaxWaiting);
}

TEST_F(HostOrder, ReleaseAllReturnsHostsInOrder) {
  open(4);
  finish(3);
  finish(1);
  EXPECT_EQ(show(order.release_all()), "1 3");
  EXPECT_EQ(show(order.release_all()), "");
}

}  // namespace
}  // namespace sluice::engine
