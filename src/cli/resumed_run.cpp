// SPDX-License-Identifier: Apache-2.0
#include "cli/resumed_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sluice/journal.hpp>
#include <sluice/quote.hpp>
#include <sluice/redaction.hpp>
#include <system_error>

#include "base/side_files.hpp"
#include "base/trusted_file.hpp"
#include "cli/history_directory.hpp"
#include "cli/print.hpp"
#include "cli/report_source.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view kRefusal = "so its run is not resumed";

std::string absolute(const std::string& path) {
  std::error_code failure;
  const auto full = std::filesystem::absolute(path, failure);
  return failure ? path : full.lexically_normal().string();
}

Result<JournalRun> find_run(const std::string& path, std::int64_t number) {
  auto journal = JournalReader::open(path);
  if (!journal) return journal.error();
  const auto runs = (*journal)->runs();
  if (!runs) return runs.error();
  const auto found =
      number == 0 && !runs->empty() ? std::prev(runs->end()) : std::ranges::find(*runs, number, &JournalRun::number);
  if (found == runs->end())
    return Error{number == 0 ? path + ": has no run" : fmt::format("{}: has no run {}", path, number)};
  return *found;
}

/// Checks that --script-args gives the values that the command line of a run does not have, and no others.
Result<void> check_secrets(const CommandLine& changes, std::span<const std::string> arguments) {
  const std::vector<std::string> names = redacted_names(arguments);
  const auto& given = changes.options.script_args;
  if (names.empty() && given)
    return Error{"--script-args: a resumed run keeps this option; leave it out, or start a new run"};
  const auto difference = compare_secrets(arguments, given.value_or(""));
  if (!difference) return difference.error().in("--script-args");
  if (!difference->others.empty())
    return Error{
        fmt::format("--script-args: a resumed run keeps these script arguments: {}; give only the values that "
                    "the journal does not have: {}",
                    fmt::join(difference->others, ", "), fmt::join(names, ", "))};
  if (!difference->missing.empty())
    return Error{
        fmt::format("--resume: the journal does not have the values of these script arguments: {}; give them "
                    "again with --script-args",
                    fmt::join(difference->missing, ", "))};
  return {};
}

/// Changes to the directory of a run, if it is another one.
Result<void> enter_directory(const std::string& directory) {
  std::error_code failure;
  if (directory.empty() || std::filesystem::current_path(failure) == directory) return {};
  std::filesystem::current_path(directory, failure);
  if (failure)
    return Error{fmt::format("{}: the run began in this directory: {}; make it accessible", shortened(directory),
                             failure.message())};
  return {};
}

/// The reports that a run can complete from a text or grepable report: that report itself.
std::vector<OutputFile> reports_to_append(const CommandLine& command, const CommandLine& changes, const ScanLog& log,
                                          const std::string& path) {
  std::vector<OutputFile> outputs = changes.outputs;
  for (const OutputFile& output : command.outputs) {
    if (std::ranges::count(outputs, output) > 0) continue;
    if (output.format != log.format || output.path == "-")
      tell(event::warning(fmt::format("--resume: the report {} is left out, because {} does not have its contents; "
                                      "resume from a journal or from -oX",
                                      shortened(output.path), shortened(path)))
               .text);
  }
  outputs.push_back({log.format, path});
  return outputs;
}

Result<ResumedRun> find_in_log(const CommandLine& changes, std::span<const std::string> arguments) {
  const std::string& path = *changes.resume;
  std::error_code failure;
  if (std::filesystem::exists(path, failure) && !std::filesystem::is_regular_file(path, failure))
    return Error{fmt::format("--resume: {}: is no regular file; name a journal or a report", shortened(path))};
  const auto real = check_trusted(path, kRefusal);
  if (!real) return real.error().in("--resume");
  auto log = read_scan_log(absolute(path) == *real ? path : *real);
  if (!log) return log.error().in("--resume");
  ResumedRun resumed{absolute(path), 0, log->ended, {}};
  if (resumed.ended) return resumed;
  if (auto checked = check_secrets(changes, log->arguments); !checked) return checked.error();
  const std::tm now = local_time(std::chrono::system_clock::now());
  auto command = parse_resumed_command_line(log->arguments, now, arguments, now);
  if (!command) return command.error();
  resumed.command = *std::move(command);
  if (log->format != Format::Xml) {
    resumed.command.outputs = reports_to_append(resumed.command, changes, *log, path);
    resumed.command.append_output = true;
  }
  resumed.log = std::make_unique<const ScanLog>(*std::move(log));
  return resumed;
}

}  // namespace

Result<ResumedRun> find_resumed_run(const CommandLine& changes, std::span<const std::string> arguments) {
  const auto name = resolve_run(*changes.resume);
  if (!name) return name.error().in("--resume");
  if (!is_journal(*name)) return find_in_log(changes, arguments);
  const auto& [path, number] = split_run_name(*name);
  const auto real = check_trusted(absolute(path), kRefusal);
  if (!real) return real.error().in("--resume");
  if (auto checked = check_side_files(*real, kRefusal); !checked) return checked.error().in("--resume");
  const auto run = find_run(path, number);
  if (!run) return run.error().in("--resume");
  ResumedRun resumed{absolute(path), run->number, run->state == JournalRun::State::Ended, {}};
  resumed.stored = {run->arguments, run->directory};
  if (resumed.ended) return resumed;
  if (auto checked = check_secrets(changes, run->arguments); !checked) return checked.error();
  std::vector<OutputFile> outputs = changes.outputs;
  for (OutputFile& output : outputs)
    if (output.path != "-") output.path = absolute(output.path);
  if (auto entered = enter_directory(run->directory); !entered) return entered.error().in("--resume");
  auto command = parse_resumed_command_line(run->arguments, local_time(run->started), arguments,
                                            local_time(std::chrono::system_clock::now()));
  if (!command) return command.error();
  resumed.command = *std::move(command);
  // The reports that are given anew are relative to the directory of this process.
  for (std::size_t index = 0; index < changes.outputs.size(); ++index)
    std::ranges::replace(resumed.command.outputs, changes.outputs[index], outputs[index]);
  return resumed;
}

}  // namespace sluice::cli
