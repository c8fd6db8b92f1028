// SPDX-License-Identifier: Apache-2.0
#include "cli/report_commands.hpp"

#include <fmt/format.h>

#include <ctime>
#include <sluice/journal.hpp>

#include "cli/print.hpp"
#include "cli/replay.hpp"
#include "cli/report_source.hpp"
#include "cli/run.hpp"
#include "cli/whole_run.hpp"

namespace sluice::cli {

namespace {

/// Returns the local time as "2026-11-24 04:00:00".
std::string local_text(WallTime time) {
  const std::tm local = local_time(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday,
                     local.tm_hour, local.tm_min, local.tm_sec);
}

int replay(const CommandLine& command, const std::string& input) {
  Replay replay(command, {input});
  const Result<void> read = read_whole_run(input, replay);
  if (read) return replay.finish();
  if (replay.started()) replay.finish();
  return refuse(read.error().message);
}

}  // namespace

int convert(const CommandLine& command) {
  CommandLine wanted = command;
  wanted.quiet = true;
  const bool to = command.to || command.to_database;
  if (command.operands.size() != (to ? 2 : 1))
    return refuse(to ? "convert: needs the report to read and the file to write: convert IN --to FORMAT OUT"
                     : "convert: needs one report to read: convert IN -oX OUT");
  if (auto added = add_last_operand(wanted); !added) return refuse(added.error().message);
  if (wanted.outputs.empty() && !wanted.to_database)
    return refuse("convert: no report to write is named; add -oN, -oX, -oG, -oJ or --to FORMAT OUT");
  return replay(wanted, command.operands[0]);
}

int show(const CommandLine& command) {
  if (command.operands.size() != 1) return refuse("show: needs one report to read: show FILE");
  return replay(command, command.operands[0]);
}

int history(const CommandLine& command) {
  if (command.operands.size() != 1) return refuse("history: needs one journal: history FILE");
  auto journal = JournalReader::open(command.operands[0]);
  if (!journal) return refuse(journal.error().message);
  const auto runs = (*journal)->runs();
  if (!runs) return refuse(runs.error().message);
  std::string text =
      fmt::format("{:>4}  {:19}  {:7}  {:>7}  {:>7}  {}\n", "RUN", "START", "STATE", "HOSTS", "RESULTS", "COMMAND");
  for (const JournalRun& run : *runs) {
    std::string words;
    for (const std::string& argument : run.arguments) words += (words.empty() ? "" : " ") + argument;
    text += fmt::format("{:>4}  {}  {:7}  {:>7}  {:>7}  {}\n", run.number, local_text(run.started), to_text(run.state),
                        run.hosts, run.results, terminal_text(words));
  }
  return print(text, kFinished);
}

}  // namespace sluice::cli
