// SPDX-License-Identifier: Apache-2.0
#include "cli/event_relay.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

constexpr int kMany = 20'000;

Event line(int number) { return {{}, event::warning(std::to_string(number))}; }

struct Lines final : Observer {
  std::vector<std::string> texts;
  void on_event(const Event& event) override { texts.push_back(std::get<event::Log>(event.what).text); }
};

TEST(EventRelay, AllEventsArriveInOrderBeforeFinishReturns) {
  Lines lines;
  EventRelay relay(lines);
  for (int number = 0; number < kMany; ++number) relay.on_event(line(number));
  relay.finish();
  ASSERT_EQ(lines.texts.size(), static_cast<std::size_t>(kMany));
  for (int number = 0; number < kMany; ++number)
    ASSERT_EQ(lines.texts[static_cast<std::size_t>(number)], "Warning: " + std::to_string(number));
}

TEST(EventRelay, TheDestructorDeliversWhatWaits) {
  Lines lines;
  { EventRelay(lines).on_event(line(1)); }
  EXPECT_EQ(lines.texts, std::vector<std::string>{"Warning: 1"});
}

TEST(EventRelay, FinishThrowsTheExceptionAfterWhichNoEventArrives) {
  struct Full final : Observer {
    int events = 0;
    void on_event(const Event&) override {
      if (++events == 3) throw std::runtime_error("full");
    }
  } full;
  EventRelay relay(full);
  for (int number = 0; number < kMany; ++number) relay.on_event(line(number));
  EXPECT_THROW(relay.finish(), std::runtime_error);
  EXPECT_EQ(full.events, 3);
  relay.finish();
}

}  // namespace
}  // namespace sluice::cli
