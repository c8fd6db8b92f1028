// SPDX-License-Identifier: Apache-2.0
#include "cli/replay.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <sluice/quote.hpp>
#include <system_error>
#include <utility>

#include "base/side_files.hpp"
#include "cli/print.hpp"
#include "cli/report_source.hpp"
#include "cli/run.hpp"

namespace sluice::cli {

Replay::Replay(const CommandLine& wanted, std::vector<std::string> inputs)
    : wanted_(wanted), inputs_(std::move(inputs)) {}

void Replay::on_event(const Event& event) {
  if (!outputs_ && !error_) {
    const auto* started = std::get_if<event::RunStarted>(&event.what);
    open(started ? *started : event::RunStarted{});
  }
  if (!outputs_) return;
  full_.wait(true);
  outputs_->on_event(event);
  if (database_) database_->on_event(event);
}

int Replay::finish() {
  if (error_) return refuse(*error_);
  if (!outputs_) return refuse("the report has no event");
  bool complete = outputs_->close();
  if (database_) {
    const Result<void> written = database_->close();
    if (!written) tell("sluice: " + written.error().message + "; the database is not complete.");
    complete = complete && written;
  }
  return complete ? kFinished : kLost;
}

void Replay::open(const event::RunStarted& run) {
  CommandLine command;
  if (auto stored = stored_command(run.arguments)) command = *std::move(stored);
  command.options.verbosity = run.verbosity;
  command.options.debugging = run.debugging;
  command.outputs = wanted_.outputs;
  command.append_output = wanted_.append_output;
  command.quiet = wanted_.quiet;
  command.colour = wanted_.colour;
  command.journal = wanted_.journal;
  command.journal_sync = wanted_.journal_sync;
  if (wanted_.stylesheet) command.stylesheet = wanted_.stylesheet;
  if (auto opened = open_outputs(command); !opened) error_ = opened.error();
}

Result<void> Replay::open_outputs(const CommandLine& command) {
  std::vector<std::string> files;
  for (const std::string& input : inputs_) {
    files.push_back(input);
    files.push_back(input.substr(0, input.rfind('#')));
  }
  const auto overwritten = [](const std::string& file) {
    return Error{shortened(file) + ": is the report that is read; write to another file"};
  };
  std::vector<std::string> databases;
  if (command.journal) databases.push_back(*command.journal);
  if (wanted_.to_database) databases.push_back(wanted_.operands.back());
  std::vector<std::string> written = databases;
  for (const OutputFile& output : command.outputs) written.push_back(output.path);
  for (const std::string& path : written)
    for (const std::string& file : files) {
      std::error_code failure;
      if (std::filesystem::equivalent(file, path, failure)) return overwritten(file);
    }
  auto opened = Outputs::open(command, Outputs::Source::StoredRun);
  if (!opened) return opened.error();
  for (const std::string& file : files)
    if ((*opened)->is_output(file)) return overwritten(file);
  if (databases.size() == 2)
    for (const char* end : kSideFileEnds)
      if (real_path(databases[1]) == real_path(databases[0]) + end)
        return Error{fmt::format("--to sqlite: {}: --journal uses this file; name another file", databases[1])};
  if (wanted_.to_database) {
    const std::string& path = wanted_.operands.back();
    if (const std::string used = (*opened)->used_by_report(path); !used.empty())
      return Error{shortened(used) + ": another report uses this file; give each report a file of its own"};
    auto database = ReportDatabase::open(path, writer_options(command.options));
    if (!database) return database.error();
    database_ = *std::move(database);
  }
  outputs_ = *std::move(opened);
  outputs_->open([this](bool hold) {
    full_ = hold;
    full_.notify_one();
  });
  return {};
}

Result<void> add_last_operand(CommandLine& command) {
  const std::string& last = command.operands.back();
  if (command.to) command.outputs.push_back({*command.to, last});
  if (command.to_database && last == "-")
    return Error{"--to sqlite: a database cannot go to standard output; name a file"};
  return {};
}

}  // namespace sluice::cli
