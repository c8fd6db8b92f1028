// SPDX-License-Identifier: Apache-2.0
#include "journal/obsolete_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace sluice::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Numbers = std::vector<std::uint64_t>;

/// Notes events that are numbered from 1.
struct Noted {
  template <class What>
  Numbers note(What what) {
    return obsolete.note({WallTime(), std::move(what)}, ++number);
  }
  Numbers start(const char* address) { return note(event::HostStarted{*Address::parse(address), ""}); }
  static std::shared_ptr<HostReport> report(const char* address) {
    auto host = std::make_shared<HostReport>();
    host->address = *Address::parse(address);
    return host;
  }

  ObsoleteEvents obsolete;
  std::uint64_t number = 0;
};

TEST(ObsoleteEvents, StatesOfAHostAreObsoleteWhenItHasFinished) {
  Noted events;
  events.start("127.0.0.1");
  events.start("127.0.0.2");
  EXPECT_THAT(events.note(event::PortsScanned{Noted::report("127.0.0.1")}), IsEmpty());
  EXPECT_THAT(events.note(event::PortsScanned{Noted::report("127.0.0.2")}), IsEmpty());
  EXPECT_THAT(events.note(event::PortDiscovered{*Address::parse("127.0.0.1"), 80}), IsEmpty());
  EXPECT_THAT(events.note(event::HostScanned{Noted::report("127.0.0.1")}), IsEmpty());
  EXPECT_THAT(events.note(event::HostFinished{Noted::report("127.0.0.1")}), ElementsAre(3, 6));
  EXPECT_THAT(events.note(event::HostFinished{Noted::report("127.0.0.2")}), ElementsAre(4));
}
TEST(ObsoleteEvents, EventWithAllPortsReplacesTheEarlierOnesButTheFirst) {
  Noted events;
  events.start("127.0.0.1");
  for (int count = 0; count < 3; ++count)
    EXPECT_THAT(events.note(event::PortsScanned{Noted::report("127.0.0.1")}), IsEmpty());
  EXPECT_THAT(events.note(event::PortsScanned{Noted::report("127.0.0.1"), true}), ElementsAre(3, 4));
  EXPECT_THAT(events.note(event::PortsScanned{Noted::report("127.0.0.1")}), IsEmpty());
  EXPECT_THAT(events.note(event::HostScanned{Noted::report("127.0.0.1")}), ElementsAre(5, 6));
  EXPECT_THAT(events.note(event::HostFinished{Noted::report("127.0.0.1")}), ElementsAre(2, 7));
}
TEST(ObsoleteEvents, EventWithAllPortsReplacesNoneOfSeveralEqualHosts) {
  Noted events;
  events.start("127.0.0.1");
  events.start("127.0.0.1");
  events.note(event::PortsScanned{Noted::report("127.0.0.1")});
  events.note(event::PortsScanned{Noted::report("127.0.0.1")});
  EXPECT_THAT(events.note(event::PortsScanned{Noted::report("127.0.0.1"), true}), IsEmpty());
}
TEST(ObsoleteEvents, StatesOfAHostWhoseReportWaitsAreObsoleteAtOnce) {
  Noted events;
  events.start("127.0.0.1");
  events.note(event::HostScanned{Noted::report("127.0.0.1")});
  EXPECT_THAT(events.note(event::HostWaits{Noted::report("127.0.0.1")}), ElementsAre(2));
  EXPECT_THAT(events.note(event::HostFinished{Noted::report("127.0.0.1"), true}), IsEmpty());
}
TEST(ObsoleteEvents, StatesOfAHostThatTheEndOfTheRunCutsOffStay) {
  Noted events;
  events.start("127.0.0.1");
  events.start("127.0.0.2");
  auto cut = Noted::report("127.0.0.1"), waits = Noted::report("127.0.0.2");
  events.note(event::PortsScanned{cut});
  events.note(event::PortsScanned{waits});
  cut->interrupted = waits->interrupted = true;
  EXPECT_THAT(events.note(event::HostFinished{cut}), IsEmpty());
  EXPECT_THAT(events.note(event::HostWaits{waits}), IsEmpty());
  EXPECT_THAT(events.note(event::HostFinished{waits, true}), IsEmpty());
}
TEST(ObsoleteEvents, StatesOfEqualHostsStayUntilTheLastOfThemHasFinished) {
  Noted events;
  events.start("127.0.0.1");
  events.start("127.0.0.1");
  events.note(event::PortsScanned{Noted::report("127.0.0.1")});
  EXPECT_THAT(events.note(event::HostFinished{Noted::report("127.0.0.1")}), IsEmpty());
  events.note(event::PortsScanned{Noted::report("127.0.0.1")});
  EXPECT_THAT(events.note(event::HostFinished{Noted::report("127.0.0.1")}), ElementsAre(3, 5));
  events.start("127.0.0.1");
  events.note(event::PortsScanned{Noted::report("127.0.0.1")});
  EXPECT_THAT(events.note(event::HostFinished{Noted::report("127.0.0.1")}), ElementsAre(8));
}

}  // namespace
}  // namespace sluice::journal
