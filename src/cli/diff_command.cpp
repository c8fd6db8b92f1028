// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <future>
#include <sluice/command_line.hpp>
#include <sluice/compare.hpp>

#include "cli/print.hpp"
#include "cli/report_commands.hpp"
#include "cli/report_file.hpp"
#include "cli/report_source.hpp"
#include "cli/run.hpp"

namespace sluice::cli {

namespace {

constexpr int kSame = 0, kDifferent = 1, kTrouble = 2;
constexpr std::size_t kOutputBytes = 1 << 16;  ///< of one system call

/// Adds the options of the run, as far as its command line can be read.
void add_options(RunSummary& run) {
  if (const auto command = stored_command(run.arguments())) run.set_options(command->options);
}

}  // namespace

int diff(const CommandLine& command) {
  if (command.operands.size() != 2) return refuse("diff: needs two reports to compare: diff OLD NEW");
  const std::string &old_name = command.operands[0], &new_name = command.operands[1];
  if (old_name == "-" && new_name == "-") return refuse("diff: only one of the reports can be standard input");
  RunSummary old_run, new_run;
  // The reports are read at the same time, each on a thread of its own.
  auto old_reading = std::async(std::launch::async, [&] { return read_report(old_name, old_run); });
  const Result<MissingEnd> new_read = read_report(new_name, new_run);
  const Result<MissingEnd> old_read = old_reading.get();
  for (const auto* read : {&old_read, &new_read}) {
    if (!*read) return refuse(read->error().message);
    if (!(*read)->empty()) tell(event::warning(**read + '.').text);
  }
  add_options(old_run);
  add_options(new_run);

  ReportFile out = ReportFile::on(STDOUT_FILENO, false, "standard output");
  std::string text;
  const auto writer =
      make_change_writer(command.changes.value_or(ChangeFormat::Text), old_name, new_name, [&](std::string_view bytes) {
        text += bytes;
        if (text.size() < kOutputBytes) return;
        out.write(text);
        text.clear();
      });
  bool differs = false;
  compare_runs(old_run, new_run, command.compare, [&](const Change& change) {
    differs = differs || change.kind == Change::Class::Different;
    writer->write(change);
  });
  writer->finish();
  out.write(text);
  return out.error() != 0 ? kTrouble : differs ? kDifferent : kSame;
}

}  // namespace sluice::cli
