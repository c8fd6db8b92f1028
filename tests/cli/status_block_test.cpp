// SPDX-License-Identifier: Apache-2.0
#include "cli/status_block.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

namespace sluice::cli {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::ResultOf;
using testing::SizeIs;
using testing::StartsWith;

const StatusBlock::TimePoint kNow = StatusBlock::TimePoint{} + 100s;

RunStatus status_at(std::chrono::milliseconds elapsed, std::size_t hosts_done = 0, std::uint64_t ports = 0) {
  RunStatus status;
  status.stats.elapsed = elapsed;
  status.stats.hosts_done = hosts_done;
  status.ports = ports;
  return status;
}

RunStatus busy() {
  RunStatus status = status_at(65s, 12, 8000);
  status.task = "NSE";
  status.progress = event::TaskProgress{"NSE", 25.44, 88, WallTime{} + 4h + 5min};
  status.stats.hosts_open = 3;
  status.stats.hosts_up = 10;
  status.stats.threads = 40;
  status.stats.waiting_for_slot = 12;
  status.stats.waiting_for_network = 25;
  status.slowest = "http-title against 192.0.2.7:80";
  status.slowest_elapsed = 12300ms;
  return status;
}

struct StatusBlockText : testing::Test {
  StatusBlockText() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

TEST_F(StatusBlockText, ShowsCountersOfRunInFourLines) {
  StatusBlock block;
  block.update(status_at(61s, 10, 4000), kNow - 4s);
  block.update(busy(), kNow);
  EXPECT_THAT(block.lines(kNow, 79), ElementsAre("0:01:05 NSE: 25.4% done, about 0:01:28 left (until 04:05)",
                                                 "Hosts: 12 done, 3 open, 10 up; 0.5 hosts/s, 1000 ports/s",
                                                 "Script threads: 40; 12 waiting for a slot, 25 for the network",
                                                 "Slowest: 12 s, http-title against 192.0.2.7:80"));
}

TEST_F(StatusBlockText, IsEmptyBeforeFirstCounters) { EXPECT_THAT(StatusBlock().lines(kNow, 79), IsEmpty()); }

TEST_F(StatusBlockText, RunWithoutScriptsHasTwoLines) {
  StatusBlock block;
  block.update(status_at(2s), kNow);
  EXPECT_THAT(block.lines(kNow, 79), ElementsAre("0:00:02, end unknown", "Hosts: 0 done, 0 open, 0 up"));
}

TEST_F(StatusBlockText, TimesContinueBetweenCounters) {
  StatusBlock block;
  block.update(busy(), kNow);
  const auto lines = block.lines(kNow + 3s, 79);
  EXPECT_THAT(lines[0], AllOf(StartsWith("0:01:08 "), HasSubstr("about 0:01:25 left")));
  EXPECT_THAT(lines[3], StartsWith("Slowest: 15 s, "));
  EXPECT_THAT(block.lines(kNow + 1h, 79)[0], HasSubstr("about 0:00:00 left"));
}

TEST_F(StatusBlockText, NoScriptIsOlderThanTheRun) {
  StatusBlock block;
  RunStatus status = busy();
  status.stats.elapsed = status.slowest_elapsed = 2900ms;
  block.update(status, kNow);
  EXPECT_THAT(block.lines(kNow, 79)[0], StartsWith("0:00:02 "));
  EXPECT_THAT(block.lines(kNow, 79)[3], StartsWith("Slowest: 2 s, "));
}

TEST_F(StatusBlockText, NoLineIsWiderThanTerminal) {
  StatusBlock block(true);
  block.update(status_at(61s), kNow - 4s);
  RunStatus status = busy();
  status.slowest = std::string(300, 'x');
  block.update(status, kNow);
  for (std::size_t columns = 1; columns <= 400; ++columns)
    EXPECT_THAT(
        block.lines(kNow, columns),
        AllOf(SizeIs(4), Each(ResultOf([](const std::string& line) { return line.size(); }, testing::Le(columns)))));
}

TEST_F(StatusBlockText, NarrowTerminalKeepsEachCounter) {
  StatusBlock block(true);
  block.update(status_at(61s, 10), kNow - 4s);
  block.update(busy(), kNow);
  EXPECT_THAT(block.lines(kNow, 39),
              ElementsAre("0:01:05 NSE: 25.4%, 0:01:28 left", "Hosts: 12 done, 3 open, 0.5/s",
                          "Threads: 40; wait: 12 slot, 25 net", "Slowest: 12 s, http-title against 19..."));
}

TEST_F(StatusBlockText, RatesAreThoseOfLastSeconds) {
  StatusBlock block;
  for (int second = 0; second <= 60; ++second)  // 100 ports per second, then 10
    block.update(status_at(std::chrono::seconds(second), 0, second <= 50 ? 100u * second : 5000u + 10 * (second - 50)),
                 kNow);
  EXPECT_THAT(block.lines(kNow, 79)[1], HasSubstr(" 10 ports/s"));
}

TEST_F(StatusBlockText, FewerPortsThanBeforeGiveNoRate) {
  StatusBlock block;
  block.update(status_at(1s, 5, 500), kNow);
  block.update(status_at(2s, 5, 100), kNow);  // worker threads have ended
  EXPECT_THAT(block.lines(kNow, 79)[1], HasSubstr("; 0.0 hosts/s, 0.0 ports/s"));
}

TEST_F(StatusBlockText, KeysAreNamedOnlyIfTheyWork) {
  for (const bool with_keys : {true, false}) {
    StatusBlock block(with_keys);
    block.update(busy(), kNow);
    EXPECT_EQ(block.lines(kNow, 79)[0].ends_with("; ? lists keys"), with_keys);
  }
}

TEST_F(StatusBlockText, ControlCharactersAndWideCharactersBecomeQuestionMarks) {
  RunStatus status = busy();
  status.slowest = "a\033[31mb\tc \xC3\xBC \xE6\xBC\xA2";
  StatusBlock block;
  block.update(status, kNow);
  EXPECT_EQ(block.lines(kNow, 79)[3], "Slowest: 12 s, a?[31mb?c ? ?");
}

}  // namespace
}  // namespace sluice::cli
