// SPDX-License-Identifier: Apache-2.0
#include "cli/report_commands.hpp"

#include <fmt/format.h>

#include <sluice/quote.hpp>
#include <utility>

#include "cli/history_directory.hpp"
#include "cli/outputs.hpp"
#include "cli/print.hpp"
#include "cli/report_source.hpp"
#include "cli/run.hpp"
#include "cli/unfinished_hosts.hpp"

namespace sluice::cli {

namespace {

/// Writes the reports of a stored run. Their options are those of the run. If the run did not end, the reports have an
/// end that says so, and its unfinished hosts. Not thread-safe.
class Replay final : public Observer {
 public:
  /// `wanted`: the reports. `input`: name of what is read.
  Replay(const CommandLine& wanted, std::string input) : wanted_(wanted), input_(std::move(input)) {}

  void on_event(const Event& event) override {
    if (!outputs_ && error_.empty()) {
      const auto* started = std::get_if<event::RunStarted>(&event.what);
      open(started ? *started : event::RunStarted{});
      start_ = event.time;
    }
    if (!outputs_) return;
    if (ended_) {
      more_ = true;  // another run
      return;
    }
    last_ = event.time;
    ended_ = ended_ || std::holds_alternative<event::RunFinished>(event.what);
    unfinished_.note(event);
    pass_on(event);
  }
  /// True if the reports have been opened.
  [[nodiscard]] bool started() const noexcept { return outputs_ != nullptr; }
  /// Completes the reports, and returns the exit code. `why`: why the run has no end, if it has none.
  int finish(const std::string& why) {
    if (!error_.empty()) return refuse(error_);
    if (!outputs_) return refuse("the report has no event");
    if (!ended_) end(why);
    if (more_) tell(event::warning(shortened(input_) + ": has several runs; the reports have the first one.").text);
    return outputs_->close() ? kFinished : kLost;
  }

 private:
  void open(const event::RunStarted& run) {
    CommandLine command;
    if (auto stored = stored_command(run.arguments)) command = *std::move(stored);
    command.options.verbosity = run.verbosity;
    command.options.debugging = run.debugging;
    command.outputs = wanted_.outputs;
    command.append_output = wanted_.append_output;
    command.quiet = wanted_.quiet;
    command.journal.reset();
    if (wanted_.stylesheet) command.stylesheet = wanted_.stylesheet;
    auto opened = Outputs::open(command, Outputs::Source::StoredRun);
    if (!opened) {
      error_ = opened.error().message;
      return;
    }
    for (const std::string& file : {input_, input_.substr(0, input_.rfind('#'))})
      if ((*opened)->is_output(file)) {
        error_ = shortened(file) + ": is the report that is read; write to another file";
        return;
      }
    outputs_ = *std::move(opened);
    outputs_->open();
  }

  void pass_on(const Event& event) {
    if (const auto* host = std::get_if<event::HostFinished>(&event.what)) {
      const std::string_view status = status_text(*host->report);
      ++(status == "up" ? counts_.hosts_up : status == "down" ? counts_.hosts_down : unknown_);
      ++counts_.hosts_total;
    }
    outputs_->on_event(event);
  }

  void end(const std::string& why) {
    for (auto& host : unfinished_.pop_all(last_, why)) pass_on({last_, std::move(host)});
    counts_.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(last_ - start_);
    counts_.error = why;
    pass_on({last_, counts_});
  }

  const CommandLine& wanted_;
  const std::string input_;
  std::unique_ptr<Outputs> outputs_;
  std::string error_;  ///< why the reports could not be opened
  WallTime start_, last_;
  bool ended_ = false, more_ = false;
  UnfinishedHosts unfinished_;
  event::RunFinished counts_;
  std::size_t unknown_ = 0;
};

int replay(const CommandLine& command, const std::string& name) {
  const auto input = resolve_run(name);
  if (!input) return refuse(input.error().message);
  Replay replay(command, *input);
  const Result<MissingEnd> read = read_report(*input, replay);
  if (!read) {
    if (replay.started()) replay.finish("the report that was read is damaged");
    return refuse(read.error().message);
  }
  if (!read->empty()) tell(event::warning(*read + '.').text);
  return replay.finish("the run did not end");
}

}  // namespace

int convert(const CommandLine& command) {
  CommandLine wanted = command;
  wanted.quiet = true;
  const std::size_t operands = command.to ? 2 : 1;
  if (command.operands.size() != operands)
    return refuse(command.to ? "convert: needs the report to read and the file to write: convert IN --to FORMAT OUT"
                             : "convert: needs one report to read: convert IN -oX OUT");
  if (command.to) wanted.outputs.push_back({*command.to, command.operands[1]});
  if (wanted.outputs.empty())
    return refuse("convert: no report to write is named; add -oN, -oX, -oG, -oJ or --to FORMAT OUT");
  return replay(wanted, command.operands[0]);
}

int show(const CommandLine& command) {
  if (command.operands.size() != 1) return refuse("show: needs one report to read: show FILE");
  return replay(command, command.operands[0]);
}

}  // namespace sluice::cli
