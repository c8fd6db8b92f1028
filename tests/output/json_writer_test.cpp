// SPDX-License-Identifier: Apache-2.0
#include "output/json_writer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "output/json_value.hpp"
#include "output/sample_report.hpp"

namespace sluice::output {
namespace {

using Json = nlohmann::json;

std::string value_text(const Value& value) {
  std::string text;
  JsonText json(text);
  append_value(json, value);
  return text;
}

/// Returns the last line, parsed. Each line must be a complete JSON document.
template <class... Events>
Json last_line(const WriterOptions& options, Events... events) {
  std::istringstream lines(written(Format::Json, options, std::move(events)...));
  Json json;
  for (std::string line; std::getline(lines, line);) json = Json::parse(line);
  return json;
}

event::ScriptFinished script(std::string output, std::optional<Value> structured = {}) {
  event::ScriptFinished finished_script;
  finished_script.id = "http-title";
  finished_script.place = {"portrule", Address::v4(0x7F000001), "www", std::uint16_t{80}, Protocol::Tcp};
  finished_script.outcome = event::Outcome::Result;
  finished_script.result = ScriptResult{"http-title", std::move(output), std::move(structured)};
  finished_script.elapsed = std::chrono::milliseconds(1500);
  return finished_script;
}

TEST(JsonWriter, ScriptResultIsOneLineWithPlaceOutcomeAndOutput) {
  EXPECT_EQ(written(Format::Json, {}, script("Home \xc3\xa9", Value{std::int64_t{5}})),
            "{\"event\":\"script\",\"time\":\"2026-11-24T04:00:00.000000Z\",\"script\":\"http-title\","
            "\"phase\":\"portrule\",\"address\":\"127.0.0.1\",\"name\":\"www\",\"port\":80,\"protocol\":\"tcp\","
            "\"outcome\":\"result\",\"elapsed\":1.5,\"output\":\"Home \xc3\xa9\",\"data\":5}\n");
}
TEST(JsonWriter, HostIsWrittenAtHostWaitsAndNotRepeated) {
  auto report = std::make_shared<HostReport>();
  report->address = Address::v4(0x7F000001);
  report->up = true;
  const std::string once = written(Format::Json, {}, event::HostFinished{report});
  EXPECT_NE(once, "");
  EXPECT_EQ(written(Format::Json, {}, event::HostWaits{report}), once);
  EXPECT_EQ(written(Format::Json, {}, event::HostWaits{report}, event::HostFinished{report, true}), once);
}
TEST(JsonWriter, ServiceHasProbeLineAndAttempts) {
  event::ServiceDetected detected;
  detected.address = Address::v4(0x7F000001);
  detected.number = 443;
  detected.service.name = "http";
  detected.service.product = "Prod";
  detected.service.version = "1.2";
  detected.service.extrainfo = "info";
  detected.service.hostname = "host";
  detected.service.ostype = "os";
  detected.service.devicetype = "device";
  detected.service.tls = detected.service.probed = true;
  detected.service.confidence = 10;
  detected.service.cpe = {"cpe:/a:p:q", "cpe:/o:x\xff"};
  detected.probe = "GetRequest";
  detected.line = 4711;
  detected.attempts = 3;
  detected.elapsed = std::chrono::milliseconds(250);
  EXPECT_EQ(written(Format::Json, {}, detected),
            "{\"event\":\"service\",\"time\":\"2026-11-24T04:00:00.000000Z\",\"address\":\"127.0.0.1\",\"port\":443,"
            "\"protocol\":\"tcp\",\"service\":{\"name\":\"http\",\"product\":\"Prod\",\"version\":\"1.2\","
            "\"extrainfo\":\"info\",\"hostname\":\"host\",\"ostype\":\"os\",\"devicetype\":\"device\",\"tls\":true,"
            "\"probed\":true,\"confidence\":10,\"cpe\":[\"cpe:/a:p:q\",\"cpe:/o:x\\\\xFF\"],"
            "\"cpe_base64\":[\"Y3BlOi9hOnA6cQ==\",\"Y3BlOi9vOnj/\"]},"
            "\"probe\":\"GetRequest\",\"line\":4711,\"attempts\":3,\"elapsed\":0.25}\n");
}
TEST(JsonWriter, UnmatchedServiceHasNeitherProbeNorLine) {
  event::ServiceDetected detected;
  detected.service.fingerprint = "SF-Port1";
  const Json json = last_line({}, detected);
  EXPECT_FALSE(json.contains("probe") || json.contains("line"));
  EXPECT_EQ(json["service"]["fingerprint"], "SF-Port1");
  EXPECT_EQ(json["service"]["probed"], false);
  EXPECT_EQ(json["attempts"], 0);
}
TEST(JsonWriter, InvalidUtf8OutputIsWrittenEscapedAndAsBase64) {
  const Json json = last_line({}, script("a\xff\xc3\xa9"));
  EXPECT_EQ(json["output"], "a\\xFF\\xC3\\xA9");
  EXPECT_EQ(json["output_base64"], "Yf/DqQ==");
  EXPECT_FALSE(last_line({}, script("a")).contains("output_base64"));
}
TEST(JsonWriter, FailedScriptHasErrorAndTraceback) {
  event::ScriptFinished failed;
  failed.id = "bad";
  failed.place.phase = "prerule";
  failed.outcome = event::Outcome::Failed;
  failed.message = "boom\xff";
  failed.traceback = "stack";
  const Json json = last_line({}, failed);
  EXPECT_EQ(json["outcome"], "failed");
  EXPECT_EQ(json["error"], "boom\\xFF");
  EXPECT_EQ(json["traceback"], "stack");
  EXPECT_FALSE(json.contains("address"));
  EXPECT_FALSE(json.contains("output"));
}
TEST(JsonWriter, FailedChildThreadIsSeparateEvent) {
  event::ChildThreadFailed failed;
  failed.worker.id = "boss";
  failed.worker.place = {"portrule", Address::v4(0x7F000001), "www", std::uint16_t{80}, Protocol::Tcp};
  failed.worker.outcome = event::Outcome::Failed;
  failed.worker.message = "boom";
  failed.worker.traceback = "stack";
  failed.worker.thread = "W:1234";
  EXPECT_EQ(written(Format::Json, {}, failed),
            "{\"event\":\"worker_failed\",\"time\":\"2026-11-24T04:00:00.000000Z\",\"script\":\"boss\","
            "\"phase\":\"portrule\",\"address\":\"127.0.0.1\",\"name\":\"www\",\"port\":80,\"protocol\":\"tcp\","
            "\"outcome\":\"failed\",\"elapsed\":0.0,\"error\":\"boom\",\"traceback\":\"stack\","
            "\"thread\":\"W:1234\"}\n");
}
TEST(JsonWriter, HostListsPortsAndSummarizesIgnoredPorts) {
  std::vector<PortReport> list = ports(open_port(22, "ssh"));
  add_ports(list, 100, 30, PortState::Closed, Reason::ConnRefused);
  HostReport host = up_host(std::move(list));
  host.start = at();
  host.end = at(1);
  const Json json = last_line({}, finished(std::move(host)));
  EXPECT_EQ(json["status"], "up");
  EXPECT_EQ(json["complete"], true);
  EXPECT_EQ(json["end"], "2026-11-24T04:00:01.000000Z");
  ASSERT_EQ(json["ports"].size(), 1u);
  EXPECT_EQ(json["ports"][0]["service"]["name"], "ssh");
  ASSERT_EQ(json["not_shown"].size(), 1u);
  EXPECT_EQ(json["not_shown"][0]["count"], 30);
  EXPECT_EQ(json["not_shown"][0]["ports"], "100-129");
}
TEST(JsonWriter, UnprobedPortsAndHostsAreUnknownAndRunEndsWithError) {
  HostReport unknown;
  unknown.reason = Reason::NotSent;
  event::RunFinished run;
  run.not_sent = "no probe could be sent";
  std::istringstream lines(written(Format::Json, {}, finished(std::move(unknown)),
                                   finished(up_host(ports(port(80, PortState::Unknown, Reason::NotSent)))), run));
  std::vector<Json> events;
  for (std::string line; std::getline(lines, line);) events.push_back(Json::parse(line));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0]["status"], "unknown");
  EXPECT_EQ(events[0]["reason"], "not-sent");
  EXPECT_EQ(events[1]["ports"][0]["state"], "unknown");
  EXPECT_EQ(events[1]["ports"][0]["reason"], "not-sent");
  EXPECT_EQ(events[2]["exit"], "error");
  EXPECT_EQ(events[2]["not_sent"], "no probe could be sent");
}
TEST(JsonWriter, MacAddressIsWrittenIfKnown) {
  HostReport host = up_host();
  EXPECT_FALSE(Json::parse(written(Format::Json, {}, finished(host))).contains("mac"));
  host.mac = std::string("\x08\0\x27\1\2\xff", 6);
  host.mac_vendor = "Vendor";
  const Json json = Json::parse(written(Format::Json, {}, finished(std::move(host))));
  EXPECT_EQ(json["mac"], "08:00:27:01:02:FF");
  EXPECT_EQ(json["mac_vendor"], "Vendor");
}
TEST(JsonWriter, EveryEventIsOneLineWithANameAndATime) {
  const std::string bad = "\xff\n\"";
  const std::string text = written(
      Format::Json, {.verbosity = 1}, event::RunStarted{{bad}, 0, 0, {{bad, Protocol::Udp, 1, bad}}},
      event::TargetSkipped{bad, bad}, event::TaskStarted{bad, bad}, event::TaskProgress{bad, 1.5, 2, at()},
      event::TaskEnded{bad, bad, std::chrono::milliseconds(1)}, event::HostStarted{{}, bad},
      event::PortDiscovered{{}, 1, Protocol::Tcp}, event::ServiceDetected{},
      event::ScriptStarted{bad, {bad, {}, bad, {}, Protocol::Tcp}}, script(bad, Value{bad}), finished(HostReport{}),
      event::PhaseFinished{true, {{bad, bad, {}}}}, event::Log{event::LogTo::Error, bad}, event::Stats{},
      event::LevelsChanged{1, 2}, event::RunFinished{{}, 0, 0, 0, 0, false, bad});
  std::istringstream lines(text);
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line);
    EXPECT_TRUE(json["time"].is_string());
    names.push_back(json["event"]);
  }
  const std::vector<std::string> expected{
      "run_started",  "target_skipped",  "task_started", "task_progress",  "task_ended",
      "host_started", "port_discovered", "service",      "script_started", "script",
      "host",         "phase_finished",  "log",          "stats",          "levels_changed",
      "run_finished"};
  EXPECT_EQ(names, expected);
}
TEST(JsonWriter, HostsThatAreDownAppearAfterTheLevelIsRaised) {
  HostReport down;
  down.reason = Reason::NoResponse;
  EXPECT_EQ(last_line({}, event::LevelsChanged{0, 0}, finished(down))["event"], "levels_changed");
  EXPECT_EQ(last_line({}, event::LevelsChanged{1, 0}, finished(down))["event"], "host");
}
TEST(JsonWriter, NoEventFollowsRunFinished) {
  EXPECT_EQ(last_line({}, event::RunFinished{}, event::Stats{})["event"], "run_finished");
}

TEST(JsonValue, ScalarsKeepTheirType) {
  EXPECT_EQ(value_text(Value{true}), "true");
  EXPECT_EQ(value_text(Value{std::numeric_limits<std::int64_t>::min()}), "-9223372036854775808");
  EXPECT_EQ(value_text(Value{2.0}), "2.0");
  EXPECT_EQ(value_text(Value{std::string("x")}), "\"x\"");
}
TEST(JsonValue, InfinityAndNanBecomeStrings) {
  EXPECT_EQ(value_text(Value{std::numeric_limits<double>::infinity()}), "\"inf\"");
  EXPECT_TRUE(value_text(Value{std::nan("")}).ends_with("nan\""));
}
TEST(JsonValue, TableIsArrayUnlessFieldsExist) {
  const Value one{std::int64_t{1}};
  EXPECT_EQ(value_text(Value{Value::Table{}}), "[]");
  EXPECT_EQ(value_text(Value{Value::Table{{one}, {}}}), "[1]");
  EXPECT_EQ(value_text(Value{Value::Table{{}, {{"z", one}, {"a", one}}}}), "{\"z\":1,\"a\":1}");
  EXPECT_EQ(value_text(Value{Value::Table{{one}, {{"k", one}}}}), "{\"$items\":[1],\"k\":1}");
}
TEST(JsonValue, DollarKeysAreEscapedAndBytesAreBase64) {
  EXPECT_EQ(value_text(Value{std::string("\xff")}), "{\"$base64\":\"/w==\"}");
  EXPECT_EQ(value_text(Value{Value::Table{{}, {{"$base64", Value{std::string("x")}}}}}), "{\"$$base64\":\"x\"}");
}
TEST(JsonValue, FieldsThatNoObjectCanHaveAreAnArrayOfPairs) {
  EXPECT_EQ(value_text(Value{Value::Table{{}, {{"\xff", Value{true}}}}}),
            "{\"$fields\":[[{\"$base64\":\"/w==\"},true]]}");
  EXPECT_EQ(value_text(Value{Value::Table{{}, {{"a", Value{true}}, {"a", Value{false}}}}}),
            "{\"$fields\":[[\"a\",true],[\"a\",false]]}");
}

}  // namespace
}  // namespace sluice::output
