// SPDX-License-Identifier: Apache-2.0
#include "cli/report_lines.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "output/sample_run.hpp"

namespace sluice::cli {
namespace {

constexpr auto kFormats = {Format::Text, Format::Grepable, Format::Xml, Format::Json};

WriterOptions options_of(int verbosity) {
  WriterOptions options;
  options.file = options.detection = options.versions = true;
  options.verbosity = options.debugging = verbosity;
  options.stylesheet = verbosity > 0 ? "file:///x.xsl" : "";
  return options;
}

/// The sample run. `typed`: what the user has typed, if settings have added arguments.
std::vector<Event> run_with(std::vector<std::string> typed, std::string error) {
  std::vector<Event> events = output::sample_run();
  std::get<event::RunStarted>(events.front().what).typed = std::move(typed);
  auto& end = std::get<event::RunFinished>(events.back().what);
  end.error = std::move(error);
  end.unknown_services = 2;
  return events;
}

/// The bytes of the first event of the sample run, and those of the others.
std::pair<std::string, std::string> split(Format format, int verbosity, const std::vector<Event>& events) {
  const std::string all = output::all_written(format, options_of(verbosity), events);
  std::string first = output::all_written(format, options_of(verbosity), {events.front()});
  return {first, all.substr(first.size())};
}

/// True if all lines can be of one run. The last one may lack its line feed.
bool belong(Format format, std::string_view text) {
  ReportLines lines(format);
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1))
    if (!lines.add(text.substr(0, end), true)) return false;
  return (text.empty() || lines.add(text, false)) && lines.all_belong();
}

TEST(ReportLines, AllLinesOfAnInterruptedRunBelongToIt) {
  for (const Format format : kFormats)
    for (const int verbosity : {0, 2})
      for (const bool ended : {false, true}) {
        std::vector<Event> run = run_with({"sluice"}, "stopped before the end");
        if (!ended) run.pop_back();
        const auto [first, others] = split(format, verbosity, run);
        EXPECT_TRUE(belong(format, others)) << others;
        const std::string_view identity = run_identity(format, first);
        ASSERT_FALSE(identity.empty()) << first;
        const std::size_t line = first.find('\n', first.find(identity) + identity.size() - 1);
        EXPECT_TRUE(belong(format, first.substr(line + 1))) << first;
      }
}

TEST(ReportLines, CutOffLineBelongsToTheRunAtAnyLength) {
  for (const Format format : {Format::Grepable, Format::Xml, Format::Json}) {
    const std::string others = split(format, 0, run_with({}, "stopped")).second;
    for (std::size_t size = 0; size <= others.size(); size += 3)
      EXPECT_TRUE(belong(format, others.substr(0, size))) << others.substr(0, size);
  }
  EXPECT_TRUE(belong(Format::Text, "Host is up.\nNmap sc"));
}

TEST(ReportLines, ReportOfAnotherRunDoesNotBelong) {
  for (const Format format : kFormats) {
    const auto [first, others] = split(format, 0, run_with({}, "stopped"));
    EXPECT_FALSE(belong(format, first));
    EXPECT_FALSE(belong(format, others + first));
    EXPECT_FALSE(belong(format, others.substr(0, others.size() - 3) + first)) << "behind a cut-off line";
  }
  EXPECT_FALSE(belong(Format::Text, "# Nmap 7.93 scan initiated Tue Dec  1 14:11:20 2026 as: nmap -oN x 127.0.0.1\n"));
}

TEST(ReportLines, OrderlyEndDoesNotBelong) {
  std::vector<Event> run = run_with({}, "");
  std::get<event::RunFinished>(run.back().what).not_sent = "";
  for (const Format format : kFormats) {
    const std::string others = split(format, 0, run).second;
    EXPECT_FALSE(belong(format, others)) << others;
  }
}

TEST(ReportLines, OtherTextDoesNotBelong) {
  for (const Format format : kFormats) {
    const std::string others = split(format, 0, run_with({}, "stopped")).second;
    for (const char* text : {"a note\n", "=== scan of Tuesday", "<!-- a note -->\n", "{}\n", "# a note\n"})
      EXPECT_FALSE(belong(format, others + text)) << text;
  }
  EXPECT_FALSE(belong(Format::Text, "stopped before the end\na note\nQUITTING!\n"));
  EXPECT_FALSE(belong(Format::Text, "stopped before the end\n"));
}

TEST(RunIdentity, IsThatOfTheRunAndNotOfOptionsThatChange) {
  const std::vector<Event> run = output::sample_run();
  std::vector<Event> later = run;
  later.front().time += std::chrono::seconds(1);
  for (const Format format : kFormats) {
    const std::string first = split(format, 0, run).first, verbose = split(format, 2, run).first;
    EXPECT_EQ(run_identity(format, first), run_identity(format, verbose));
    EXPECT_NE(run_identity(format, first), run_identity(format, split(format, 0, later).first));
    EXPECT_EQ(run_identity(format, first).find("sluice-"), std::string_view::npos) << "the version";
    EXPECT_EQ(run_identity(format, "x" + first), "");
    EXPECT_EQ(run_identity(format, ""), "");
  }
}

}  // namespace
}  // namespace sluice::cli
