// SPDX-License-Identifier: Apache-2.0
#include "engine/earlier_hosts.hpp"

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

const Address kFirst = Address::parse("127.0.0.1").value(), kOther = Address::parse("127.0.0.2").value();

TEST(EarlierHosts, FinishedEntriesOfAHostPrecedeItsUnfinishedOne) {
  EarlierRun run;
  run.finished[{kFirst, ""}] = 1;
  run.unfinished.emplace(EarlierRun::Host(kFirst, ""), EarlierRun::Unfinished());
  EarlierHosts hosts(&run);
  EXPECT_TRUE(hosts.take(kFirst, "").finished);
  EXPECT_NE(hosts.take(kFirst, "").unfinished, nullptr);
  const EarlierHosts::Known unknown = hosts.take(kFirst, "");
  EXPECT_FALSE(unknown.finished || unknown.waiting || unknown.unfinished);
}

TEST(EarlierHosts, HostsThatNoTargetHasNamedAreMissing) {
  EarlierRun run;
  run.finished[{kFirst, ""}] = 2;
  run.unfinished.emplace(EarlierRun::Host(kOther, "name"), EarlierRun::Unfinished());
  EarlierHosts hosts(&run);
  EXPECT_EQ(hosts.missing(), 3u);
  (void)hosts.take(kFirst, "");
  (void)hosts.take(kOther, "another name");
  EXPECT_EQ(hosts.missing(), 2u);
  for (int calls = 0; calls < 3; ++calls) (void)hosts.take(kFirst, "");
  (void)hosts.take(kOther, "name");
  EXPECT_EQ(hosts.missing(), 0u);
}

TEST(EarlierHosts, NoHostIsMissingWithoutEarlierAttempts) {
  EarlierHosts hosts(nullptr);
  EXPECT_FALSE(hosts.take(kFirst, "").finished);
  EXPECT_EQ(hosts.missing(), 0u);
}

}  // namespace
}  // namespace sluice::engine
