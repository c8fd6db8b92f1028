// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sluice/event_reader.hpp>
#include <sluice/scan_log.hpp>

#include "output/sample_report.hpp"

namespace sluice::output {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

event::RunStarted run_with_settings() {
  event::RunStarted run;
  run.arguments = {"sluice", "--datadir", "a b", "-n", "host"};
  run.typed = {"sluice", "-n", "host"};
  return run;
}

TEST(SettingsInReports, TextAndGrepableHaveTheTypedCommandLineAndTheSettings) {
  for (const Format format : {Format::Text, Format::Grepable})
    EXPECT_THAT(written(format, {.file = true}, run_with_settings()),
                EndsWith(" as: sluice -n host\n# Settings in force: --datadir \"a b\"\n"));
}

TEST(SettingsInReports, TextOfTerminalHasNoSettings) {
  EXPECT_THAT(written(Format::Text, {}, run_with_settings()), Not(HasSubstr("datadir")));
}

TEST(SettingsInReports, XmlHasTheArgumentsInForce) {
  const std::string text = written(Format::Xml, {}, run_with_settings());
  EXPECT_THAT(text, HasSubstr("as: sluice -n host -->"));
  EXPECT_THAT(text, HasSubstr(" args=\"sluice -&#45;datadir &quot;a b&quot; -n host\""));
}

TEST(SettingsInReports, LogsGiveTheArgumentsInForceBack) {
  std::string pattern = std::filesystem::temp_directory_path() / "sluice-log-XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern.data());
  for (const Format format : {Format::Text, Format::Grepable, Format::Xml}) {
    std::ofstream(folder / "log") << written(format, {.file = true}, run_with_settings());
    const auto log = read_scan_log(folder / "log");
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_THAT(log->arguments, ElementsAre("sluice", "--datadir", "a b", "-n", "host"));
  }
  std::filesystem::remove_all(folder);
}

TEST(SettingsInReports, NdjsonHasBothCommandLines) {
  struct Keep final : Observer {
    void on_event(const Event& event) override { events.push_back(event); }
    std::vector<Event> events;
  } keep;
  EventReader reader(keep);
  const auto read = reader.read(written(Format::Json, {}, run_with_settings()));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(keep.events.size(), 1u);
  const auto& run = std::get<event::RunStarted>(keep.events[0].what);
  EXPECT_EQ(run.arguments, run_with_settings().arguments);
  EXPECT_EQ(run.typed, run_with_settings().typed);
  EXPECT_THAT(written(Format::Json, {}, event::RunStarted{}), Not(HasSubstr("\"typed\"")));
}

}  // namespace
}  // namespace sluice::output
