// SPDX-License-Identifier: Apache-2.0
#include "cli/complete_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sluice/completion.hpp>
#include <sluice/journal_directory.hpp>

#include "cli/history_directory.hpp"
#include "cli/print.hpp"
#include "cli/report_source.hpp"
#include "cli/run.hpp"

namespace sluice::cli {

namespace {

constexpr std::size_t kWordsBefore = 3;  ///< sluice complete --

/// Returns the runs of the history: their names, and the files.
std::vector<Candidate> runs_of_history() {
  std::vector<Candidate> runs{{"@last", "last run of the history"}, {"@prev", "the run before the last one"}};
  const auto directory = existing_history_directory();
  if (!directory) return runs;
  const auto journals = list_journals(*directory);
  if (!journals) return runs;
  for (const StoredJournal& journal : *journals) {
    if (journal.runs.empty()) continue;
    const std::tm start = local_time(journal.runs.back().started);
    runs.push_back(
        {journal.path, fmt::format("run of {:04}-{:02}-{:02} {:02}:{:02}, {}", start.tm_year + 1900, start.tm_mon + 1,
                                   start.tm_mday, start.tm_hour, start.tm_min, to_text(journal.runs.back().state))});
  }
  return runs;
}

/// Returns the profiles of the settings files. The shell passes "~/" at the begin of a word as it is typed.
std::vector<Candidate> profiles_of(const SettingsSources& settings, std::optional<std::string> config) {
  const char* const home = std::getenv("HOME");
  if (home && config && config->starts_with("~/")) config->replace(0, 1, home);
  std::vector<Candidate> candidates;
  for (const Profile& profile : find_profiles(settings, config))
    candidates.push_back({profile.name, "profile in " + profile.path});
  return candidates;
}

/// Returns a text in one line without tabs and characters that control a terminal.
std::string field(const std::string& text) {
  std::string line = text;
  std::ranges::replace(line, '\t', ' ');
  std::ranges::replace(line, '\n', ' ');
  return terminal_text(line);
}

}  // namespace

bool asks_for_completion(std::span<const std::string> arguments) {
  return arguments.size() >= kWordsBefore && arguments[1] == "complete" && arguments[2] == "--";
}

int complete_words(std::span<const std::string> arguments, const SettingsSources& settings) {
  const auto profiles = [&](const std::optional<std::string>& config) { return profiles_of(settings, config); };
  const Completion completion = complete(arguments.subspan(kWordsBefore), {runs_of_history, true, profiles});
  const char* const paths = completion.paths == Completion::Paths::Files         ? "files"
                            : completion.paths == Completion::Paths::Directories ? "directories"
                                                                                 : "none";
  std::string text = fmt::format("{}\t{}\t{}\n", paths, completion.continues ? "continues" : "ends", completion.prefix);
  for (const Candidate& candidate : completion.candidates)
    text += fmt::format("{}\t{}\n", field(candidate.text), field(candidate.description));
  return print(text, kFinished);
}

}  // namespace sluice::cli
