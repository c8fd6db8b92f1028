#include "engine/host_order.hpp"

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

using namespace std::chrono_literals;

struct HostOrderTest : testing::Test {
  /// Hands out hosts 0 to `count`, each an item of its own.
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
  static std::string show(const HostOrder::Reports& reports) {
    std::string text;
    for (const auto& report : reports) text += (text.empty() ? "" : " ") + report->target_name;
    return text;
  }
  HostOrder order;
  TimePoint now{1h};
};

TEST_F(HostOrderTest, HostWaitsForThoseBeforeIt) {
  open(4);
  EXPECT_EQ(finish(2), "");
  EXPECT_EQ(finish(0), "0");
  EXPECT_EQ(finish(1), "1 2");
  EXPECT_EQ(order.due(), kNever);
  EXPECT_EQ(finish(3), "3");
}

TEST_F(HostOrderTest, HostWaitsForTargetsThatHaveNotBeenHandedOut) {
  order.open({1, 0});
  order.open({1, 1});
  order.set_floor({0, 0});
  EXPECT_EQ(finish(1, 1), "");
  EXPECT_EQ(finish(1, 0), "");
  order.set_floor({2, 0});
  EXPECT_EQ(released(), "1 1.1");
}

TEST_F(HostOrderTest, HostWaitsForFiveSecondsAtMost) {
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

TEST_F(HostOrderTest, ThoseBeforeTheOneWhoseTimeIsOverGoFirst) {
  open(4);
  EXPECT_EQ(finish(3), "");
  EXPECT_EQ(pass(4s), "");
  EXPECT_EQ(finish(1), "");
  EXPECT_EQ(pass(1s), "1 3");
}

TEST_F(HostOrderTest, NumberOfWaitingHostsIsBounded) {
  open(HostOrder::kMaxWaiting + 10);
  for (std::uint64_t host = 1; host <= HostOrder::kMaxWaiting; ++host) EXPECT_EQ(finish(host), "");
  EXPECT_EQ(finish(HostOrder::kMaxWaiting + 2), "1");
  EXPECT_EQ(order.waiting(), HostOrder::kMaxWaiting);
}

TEST_F(HostOrderTest, AtTheEndAllAreGivenInOrder) {
  open(4);
  finish(3);
  finish(1);
  EXPECT_EQ(show(order.release_all()), "1 3");
  EXPECT_EQ(show(order.release_all()), "");
}

}  // namespace
}  // namespace sluice::engine
