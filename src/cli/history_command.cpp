// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sluice/journal_directory.hpp>
#include <system_error>

#include "cli/history_directory.hpp"
#include "cli/print.hpp"
#include "cli/report_commands.hpp"
#include "cli/report_source.hpp"
#include "cli/run.hpp"

namespace sluice::cli {

namespace {

using Json = nlohmann::ordered_json;

/// A run with what its file says about it.
struct Row {
  JournalRun run;
  std::string state;  ///< to_text() of the state, or "killed"
  std::string path;   ///< of the file
  std::uint64_t bytes = 0;
};

/// Returns a time as "2026-11-24 04:00:00".
std::string time_text(const std::tm& time) {
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", time.tm_year + 1900, time.tm_mon + 1, time.tm_mday,
                     time.tm_hour, time.tm_min, time.tm_sec);
}

/// Returns a time as NDJSON has it: "2026-11-24T04:00:00.123456Z".
std::string utc_time(WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm fields{};
  ::gmtime_r(&seconds, &fields);
  std::string text = time_text(fields);
  text[text.find(' ')] = 'T';
  return fmt::format("{}.{:06}Z", text, std::chrono::duration_cast<std::chrono::microseconds>(time - whole).count());
}

/// Returns a size such as 512, 12.0K or 3.4M.
std::string size_text(std::uint64_t bytes) {
  constexpr std::array kUnits{'K', 'M', 'G'};
  if (bytes < 1024) return std::to_string(bytes);
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  return fmt::format("{:.1f}{}", size, kUnits[unit]);
}

/// Returns the size of a journal and of its log.
std::uint64_t size_of(const std::string& path) {
  std::uint64_t bytes = 0;
  for (const char* end : {"", "-wal"}) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(path + end, failure);
    if (!failure) bytes += size;
  }
  return bytes;
}

/// Returns the runs of a journal. `in_use`: a process writes to it.
Result<std::vector<Row>> rows_of(const std::string& path, bool in_use) {
  auto journal = JournalReader::open(path);
  if (!journal) return journal.error();
  auto runs = (*journal)->runs();
  if (!runs) return runs.error();
  const std::uint64_t bytes = size_of(path);
  std::vector<Row> rows;
  for (JournalRun& run : *runs) {
    const bool killed = run.state == JournalRun::State::Running && !(in_use && run.number == runs->back().number);
    std::string state(killed ? "killed" : to_text(run.state));
    rows.push_back({std::move(run), std::move(state), path, bytes});
  }
  return rows;
}

/// Returns the runs of all journals of the history, by file, the first one first. A damaged journal gives a warning.
Result<std::vector<Row>> rows_of_history() {
  const auto directory = existing_history_directory();
  if (!directory) return directory.error().in("history");
  auto journals = list_journals(*directory);
  if (!journals) return journals.error();
  std::ranges::reverse(*journals);
  std::vector<Row> all;
  for (const StoredJournal& journal : *journals) {
    if (journal.error.empty() && journal.runs.empty()) continue;  // has just been created
    auto rows =
        journal.error.empty() ? rows_of(journal.path, journal.in_use) : Result<std::vector<Row>>(Error{journal.error});
    if (rows)
      std::ranges::move(*rows, std::back_inserter(all));
    else
      tell(event::warning(rows.error().message + '.').text);
  }
  return all;
}

std::string table_of(const std::vector<Row>& rows, bool with_files) {
  std::string text = with_files ? fmt::format("{:27}  ", "FILE") : "";
  text += fmt::format("{:>4}  {:19}  {:7}  {:>7}  {:>7}  {:>7}  {}\n", "RUN", "START", "STATE", "HOSTS", "RESULTS",
                      "SIZE", "COMMAND");
  for (const auto& [run, state, path, bytes] : rows) {
    std::string words;
    for (const std::string& argument : run.arguments) words += (words.empty() ? "" : " ") + argument;
    if (with_files) text += std::filesystem::path(path).filename().string() + "  ";
    text += fmt::format("{:>4}  {}  {:7}  {:>7}  {:>7}  {:>7}  {}\n", run.number, time_text(local_time(run.started)),
                        state, run.hosts, run.results, size_text(bytes), terminal_text(words));
  }
  return text;
}

std::string json_of(const std::vector<Row>& rows) {
  Json array = Json::array();
  for (const auto& [run, state, path, bytes] : rows)
    array.push_back({{"file", path},
                     {"run", run.number},
                     {"uuid", run.uuid},
                     {"state", state},
                     {"start", utc_time(run.started)},
                     {"end", run.ended ? Json(utc_time(*run.ended)) : Json()},
                     {"version", run.version},
                     {"arguments", run.arguments},
                     {"hosts", run.hosts},
                     {"results", run.results},
                     {"bytes", bytes}});
  return array.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

int prune() {
  const auto directory = existing_history_directory();
  if (!directory) return refuse(directory.error().in("history").message);
  const auto pruned = prune_journals(*directory);
  if (!pruned) return refuse(pruned.error().message);
  std::string text;
  int code = kFinished;
  for (const PrunedJournal& journal : *pruned) {
    if (journal.error.empty()) {
      text += terminal_text(fmt::format("Removed {} ({}).", journal.path, size_text(journal.bytes))) + '\n';
      continue;
    }
    tell(event::warning(journal.error + '.').text);
    code = kRefused;
  }
  if (pruned->empty()) text = "Nothing to remove.\n";
  return print(text, code);
}

}  // namespace

int history(const CommandLine& command) {
  if (command.operands.size() > 1) return refuse("history: has one operand at most: history FILE");
  const bool with_file = !command.operands.empty();
  if (command.prune && (with_file || command.pack || command.changes))
    return refuse("history: --prune has no operand and excludes other options: history --prune");
  if (command.pack && (!with_file || command.changes))
    return refuse("history: --pack needs one journal and excludes --json: history FILE --pack OUT");
  if (command.prune) return prune();
  std::string path;
  if (with_file) {
    const std::string& name = command.operands[0];
    auto resolved = resolve_run(name);
    if (!resolved) return refuse(resolved.error().message);
    path = *std::move(resolved);
    if (path != name && !path.ends_with(".db")) path.resize(path.rfind('#'));  // the file of the run
  }
  if (command.pack) {
    const auto packed = pack_journal(path, *command.pack);
    return packed ? kFinished : refuse(packed.error().message);
  }
  const auto rows = with_file ? rows_of(path, is_journal_in_use(path)) : rows_of_history();
  if (!rows) return refuse(rows.error().message);
  return print(command.changes ? json_of(*rows) : table_of(*rows, !with_file), kFinished);
}

}  // namespace sluice::cli
