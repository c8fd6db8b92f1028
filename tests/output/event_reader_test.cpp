// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sluice/event_reader.hpp>
#include <sstream>

#include "output/sample_run.hpp"

namespace sluice::output {
namespace {

std::vector<Event> read_back(const std::string& ndjson) {
  Collector collector;
  EventReader reader(collector);
  std::istringstream lines(ndjson);
  for (std::string line; std::getline(lines, line);) {
    const Result<void> read = reader.read(line);
    EXPECT_TRUE(read) << read.error().message << "\n" << line;
  }
  return collector.events;
}

TEST(EventReader, AReportReadBackFromNdjsonIsTheSameInEveryFormat) {
  const std::vector<Event> run = sample_run();
  for (const WriterOptions& options :
       {WriterOptions{.verbosity = 1},
        WriterOptions{.verbosity = 1, .reason = true, .versions = true, .detection = true},
        WriterOptions{.verbosity = 1, .versions = true, .file = true}, WriterOptions{.verbosity = 1, .debugging = 3}}) {
    const std::vector<Event> again = read_back(all_written(Format::Json, options, run));
    ASSERT_EQ(again.size(), run.size());
    for (const Format format : {Format::Json, Format::Xml, Format::Text, Format::Grepable})
      EXPECT_EQ(all_written(format, options, again), all_written(format, options, run));
  }
}
TEST(EventReader, AHostThatWaitedIsReadBackOnce) {
  auto report = std::make_shared<HostReport>(up_host());
  const auto again = read_back(written(Format::Json, {}, event::HostWaits{report}, event::HostFinished{report, true}));
  ASSERT_EQ(again.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<event::HostFinished>(again[0].what));
}
TEST(EventReader, UnknownEventsAndKeysAreSkipped) {
  const auto events = read_back(
      "{\"event\":\"of_a_later_version\",\"time\":5}\n"
      "{\"event\":\"levels_changed\",\"time\":\"2026-11-24T04:00:00.000000Z\",\"verbosity\":1,\"new\":[],\"debugging\":"
      "2}\n");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<event::LevelsChanged>(events[0].what).debugging, 2);
}
TEST(EventReader, ErrorsNameTheEventAndTheKey) {
  const auto error = [](std::string_view line) {
    Collector nothing;
    const Result<void> read = EventReader(nothing).read(line);
    EXPECT_TRUE(nothing.events.empty());
    return read ? "" : read.error().message;
  };
  EXPECT_EQ(error("{"), "no JSON object");
  EXPECT_EQ(error("[]"), "no JSON object");
  EXPECT_EQ(error("{}"), "key \"event\" is missing");
  EXPECT_EQ(error(R"({"event":"log"})"), "log: key \"time\" is missing");
  EXPECT_EQ(error(R"({"event":"log","time":"yesterday"})"), "log: key \"time\" is wrong");
  EXPECT_EQ(error(R"({"event":"log","time":"2026-11-24T04:00:00.000000Z","to":"nowhere","text":"x"})"),
            "log: key \"to\" is wrong");
  EXPECT_EQ(error(R"({"event":"log","time":"2026-11-24T04:00:00.000000Z","to":"error","text":"\\xFF",)"
                  R"("text_base64":"?"})"),
            "log: key \"text_base64\" is wrong");
  EXPECT_EQ(error(R"({"event":"port_discovered","time":"2026-11-24T04:00:00.000000Z","address":"127.0.0.1",)"
                  R"("port":65536,"protocol":"tcp"})"),
            "port_discovered: key \"port\" is wrong");
  EXPECT_EQ(error(R"({"event":"host","time":"2026-11-24T04:00:00.000000Z","address":"127.0.0.1","status":"up",)"
                  R"("reason":"reset","reason_ttl":0,"timed_out":false,"ports":[],"not_shown":[{"state":"closed",)"
                  R"("protocol":"tcp","reason":"reset","count":1,"ports":"1-"}]})"),
            "host: key \"not_shown\" is wrong");
}

}  // namespace
}  // namespace sluice::output
