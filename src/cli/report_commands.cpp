// SPDX-License-Identifier: Apache-2.0
#include "cli/report_commands.hpp"

#include <fmt/format.h>

#include <sluice/journal.hpp>
#include <sluice/quote.hpp>

#include "cli/event_relay.hpp"
#include "cli/history_directory.hpp"
#include "cli/print.hpp"
#include "cli/replay.hpp"
#include "cli/report_source.hpp"
#include "cli/run.hpp"
#include "cli/whole_run.hpp"

namespace sluice::cli {

namespace {

int replay(const CommandLine& command, const std::string& name) {
  const auto input = resolve_run(name);
  if (!input) return refuse(input.error().message);
  Replay replay(command, {*input});
  EventRelay relay(replay);
  const Result<void> read = read_whole_run(*input, relay);
  relay.finish();
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

}  // namespace sluice::cli
