// SPDX-License-Identifier: Apache-2.0
#include "engine/budgets.hpp"

#include <gmock/gmock.h>
namespace sluice::engine {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Budgets, QuarterOfDescriptorsIsSlotsAndTwentyArePerHost) {
  const Budgets budgets = budgets_for({}, 1000, 1);
  EXPECT_EQ(budgets.slots.total, 250u);
  EXPECT_EQ(budgets.slots.per_host, 20u);
}

TEST(Budgets, DefaultSlotsAreAtMost1024) { EXPECT_EQ(budgets_for({}, 1u << 20, 1).slots.total, 1024u); }

TEST(Budgets, MaxParallelismGivesAtLeastTenSlotsAllPerHost) {
  Options options;
  options.max_parallelism = 3;
  EXPECT_EQ(budgets_for(options, 1024, 1).slots.total, 10u);
  EXPECT_EQ(budgets_for(options, 1024, 1).slots.per_host, 10u);
  options.max_parallelism = 50;
  EXPECT_EQ(budgets_for(options, 1024, 1).slots.total, 50u);
  EXPECT_EQ(budgets_for(options, 1024, 1).slots.per_host, 50u);
}

TEST(Budgets, SocketSlotsOptionSetsTotalExactly) {
  Options options;
  options.max_parallelism = 50;
  options.socket_slots = 1;
  EXPECT_EQ(budgets_for(options, 1024, 1).slots.total, 1u);
  EXPECT_EQ(budgets_for(options, 1024, 1).slots.per_host, 1u);
}

TEST(Budgets, HostSlotsNeverExceedTotal) {
  Options options;
  options.host_slots = 40;
  EXPECT_EQ(budgets_for(options, 1024, 1).slots.per_host, 40u);
  options.socket_slots = 5;
  EXPECT_EQ(budgets_for(options, 1024, 1).slots.per_host, 5u);
}

TEST(Budgets, PoliteTimingGivesOneSlotPerHostUnlessHostSlotsIsSet) {
  Options options;
  options.timing = 2;
  options.max_parallelism = 50;
  EXPECT_EQ(budgets_for(options, 1024, 1).slots.per_host, 1u);
  options.host_slots = 4;
  EXPECT_EQ(budgets_for(options, 1024, 1).slots.per_host, 4u);
}

TEST(Budgets, DefaultScriptMemoryIsHalfOfMemoryAndAtMostFourGigabytes) {
  constexpr std::size_t kGigabyte = std::size_t{1} << 30;
  Options options;
  EXPECT_EQ(budgets_for(options, 1024, 1, kGigabyte).script_memory, kGigabyte / 2);
  EXPECT_EQ(budgets_for(options, 1024, 1, 64 * kGigabyte).script_memory, 4 * kGigabyte);
  options.script_memory = 6 * kGigabyte;
  EXPECT_EQ(budgets_for(options, 1024, 1, kGigabyte).script_memory, 6 * kGigabyte);
  options.script_memory = 0;
  EXPECT_EQ(budgets_for(options, 1024, 1, kGigabyte).script_memory, 0u);
}

TEST(Budgets, ShareOfLimitedScriptMemoryIsNeverZero) {
  Options options;
  options.script_memory = 3;
  EXPECT_EQ(share_of(budgets_for(options, 1024, 1), 2, false).script_memory, 2u);
  EXPECT_EQ(share_of(budgets_for(options, 1024, 1), 8, true).script_memory, 1u);
  options.script_memory = 0;
  EXPECT_EQ(share_of(budgets_for(options, 1024, 1), 8, true).script_memory, 0u);
}

TEST(Budgets, ReasonTextHasNumberOfSlotsAndOption) {
  Options options;
  options.socket_slots = 7;
  EXPECT_THAT(budgets_for(options, 1024, 1).why, HasSubstr("7 socket slots (--socket-slots)"));
}

TEST(Budgets, ThreadsAreThousandTwiceSlotsOrMinParallelism) {
  Options options;
  EXPECT_EQ(budgets_for(options, 1000, 1).threads, 1000u);
  EXPECT_EQ(budgets_for(options, 1u << 20, 1).threads, 2048u);
  options.min_parallelism = 5000;
  EXPECT_EQ(budgets_for(options, 1000, 1).threads, 5000u);
}

TEST(Budgets, HostsDecreaseWithPortsWithinHostgroupOptions) {
  Options options;
  EXPECT_EQ(budgets_for(options, 1024, 4).hosts, 256u);
  EXPECT_EQ(budgets_for(options, 1024, 1000).hosts, 64u);
  options.max_hostgroup = 8;
  EXPECT_EQ(budgets_for(options, 1024, 1000).hosts, 8u);
  options.max_hostgroup.reset();
  options.min_hostgroup = 300;
  EXPECT_EQ(budgets_for(options, 1024, 1000).hosts, 300u);
}

TEST(Budgets, SharesAddUpToWhole) {
  Options options;
  options.max_parallelism = 50;
  options.max_rate = 30;
  const Budgets whole = budgets_for(options, 1024, 20);
  const Budgets first = share_of(whole, 3, true), other = share_of(whole, 3, false);
  EXPECT_EQ(first.slots.total, 18u);
  EXPECT_EQ(other.slots.total, 16u);
  EXPECT_EQ(other.slots.per_host, 16u);
  EXPECT_EQ(other.hosts, 21u);
  EXPECT_EQ(other.timing.max_in_flight, 16u);
  EXPECT_EQ(other.timing.max_in_flight_per_host, 16u);
  EXPECT_EQ(first.timing.max_rate, 10);
  EXPECT_EQ(other.timing.max_rate, 10);
  EXPECT_FALSE(other.timing.min_rate);
  for (const auto count : {&Budgets::threads, &Budgets::hosts, &Budgets::arrivals})
    EXPECT_EQ(first.*count + 2 * other.*count, whole.*count);
  EXPECT_EQ(first.timing.max_in_flight + 2 * other.timing.max_in_flight, whole.timing.max_in_flight);
}

TEST(Budgets, MissedMinRateCausesWarning) {
  Options options;
  EXPECT_FALSE(broken_rate(options, budgets_for(options, 1024, 1000), 100, 100));
  options.min_rate = 1000;
  EXPECT_FALSE(broken_rate(options, budgets_for(options, 1024, 1000), 100, 5));
  EXPECT_EQ(
      broken_rate(options, budgets_for(options, 1024, 1000), 100, 100),
      "--min-rate 1000: 500 probes per second were sent; silent ports need 2000 probes in flight, the limit is 256 "
      "(a quarter of the descriptors; see ulimit -n)");
  options.max_parallelism = 50;
  EXPECT_THAT(
      *broken_rate(options, budgets_for(options, 1u << 20, 1000), 100, 300),
      testing::EndsWith("250 probes per second were sent; silent ports need 2000 probes in flight, the limit is 50 "
                        "(--max-parallelism)"));
  options.max_parallelism.reset();
  options.min_rate = 100;
  EXPECT_THAT(*broken_rate(options, budgets_for(options, 1024, 1000), 100, 300),
              testing::EndsWith("the machine or its network is too slow"));
}

TEST(Budgets, ShareOfSingleShardIsWhole) {
  const Budgets whole = budgets_for({}, 1024, 20), only = share_of(whole, 1, true);
  EXPECT_EQ(only.slots.total, whole.slots.total);
  EXPECT_EQ(only.hosts, whole.hosts);
  EXPECT_EQ(only.timing.max_in_flight_per_host, whole.timing.max_in_flight_per_host);
}

struct ShardCount : testing::Test {
  Options options;
  ShardCount() { options.workers = 8; }
  [[nodiscard]] std::size_t count(std::size_t descriptors = 1024) const {
    return shards_for(options, budgets_for(options, descriptors, 1), {descriptors, 0, 1});
  }
};

TEST_F(ShardCount, CountEqualsWorkersOption) { EXPECT_EQ(count(), 8u); }

TEST_F(ShardCount, EachShardHasDescriptorsForLoop) {
  EXPECT_EQ(count(40), 1u);
  options.host_slots = 1;
  EXPECT_EQ(count(40), 2u);
}

TEST_F(ShardCount, EachShardHasHostSlotsOrTenSlots) {
  options.socket_slots = 50;
  EXPECT_EQ(count(), 5u);
  options.host_slots = 9;
  EXPECT_EQ(count(), 5u);
  options.host_slots = 1;
  EXPECT_EQ(count(), 8u);
  options.socket_slots = 3;
  EXPECT_EQ(count(), 3u);
}

TEST_F(ShardCount, CountIsAtMostMaxHostgroup) {
  options.max_hostgroup = 3;
  EXPECT_EQ(count(), 3u);
}

TEST_F(ShardCount, CountIsAtMostProbesInFlightIfHostsAreProbed) {
  options.max_parallelism = 1;
  options.host_slots = 1;
  EXPECT_EQ(count(), 1u);
  options.discovery = options.port_scan = false;
  EXPECT_EQ(count(), 8u);
}

TEST_F(ShardCount, ListScanHasOneShard) {
  options.list_only = true;
  EXPECT_EQ(count(), 1u);
}

TEST(Budgets, ArrivalsAreFewerWithoutDiscovery) {
  Options options;
  EXPECT_EQ(budgets_for(options, 1024, 100).arrivals, 1024u);
  options.discovery = false;
  EXPECT_EQ(budgets_for(options, 1024, 100).arrivals, 64u);
}

TEST(Budgets, InsaneTimingSetsTimeoutsUnlessGiven) {
  Options options;
  EXPECT_EQ(host_timeout(options), std::nullopt);
  options.timing = 5;
  EXPECT_EQ(host_timeout(options), Options::Milliseconds(15min));
  EXPECT_EQ(script_timeout(options), Options::Milliseconds(10min));
  options.script_timeout = 3s;
  EXPECT_EQ(script_timeout(options), Options::Milliseconds(3s));
}

TEST(Budgets, TimeoutOfZeroMeansNoTimeout) {
  Options options;
  options.host_timeout = options.script_timeout = 0s;
  for (const int timing : {3, 5}) {
    options.timing = timing;
    EXPECT_EQ(host_timeout(options), std::nullopt);
    EXPECT_EQ(script_timeout(options), std::nullopt);
  }
}

}  // namespace
}  // namespace sluice::engine
