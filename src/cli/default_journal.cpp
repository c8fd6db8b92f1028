// SPDX-License-Identifier: Apache-2.0
#include "cli/default_journal.hpp"

#include <sluice/journal_directory.hpp>
#include <sluice/redaction.hpp>
#include <stdexcept>
#include <utility>

#include "cli/history_directory.hpp"
#include "cli/print.hpp"

namespace sluice::cli {

namespace {

using namespace std::chrono_literals;

/// A shorter run leaves no journal.
constexpr auto kBegin = 3s;
/// The log line of -d with the script arguments starts so.
constexpr std::string_view kArgumentsLine = "NSE: Arguments from CLI: ";

void warn(const std::string& why) {
  tell(event::warning("the history lacks this run or a part of it: " + why + ". --no-journal turns the history off.")
           .text);
}

/// Returns the event with changed script arguments; nothing if it has none. `change`: of a command line. `change_text`:
/// of a text of --script-args.
template <class Change, class ChangeText>
std::optional<Event> with_script_args(const Event& event, Change change, ChangeText change_text) {
  if (const auto* run = std::get_if<event::RunStarted>(&event.what)) {
    event::RunStarted started = *run;
    started.arguments = change(run->arguments);
    started.typed = change(run->typed);
    return Event{event.time, std::move(started)};
  }
  if (const auto* log = std::get_if<event::Log>(&event.what); log && log->text.starts_with(kArgumentsLine)) {
    event::Log line = *log;
    line.text = std::string(kArgumentsLine) + change_text(log->text.substr(kArgumentsLine.size()));
    return Event{event.time, std::move(line)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Event> without_secrets(const Event& event) {
  return with_script_args(event, redact_arguments, redact_script_args);
}

std::optional<Event> with_secrets(const Event& event, std::string_view script_args) {
  return with_script_args(
      event, [&](const auto& arguments) { return restore_arguments(arguments, script_args); },
      [&](const std::string& text) { return restore_script_args(text, script_args); });
}

std::unique_ptr<DefaultJournal> DefaultJournal::open(JournalOptions::Sync sync) try {
  const auto directory = history_directory(user_facts());
  if (!directory) return nullptr;
  JournalOptions options;
  options.place = [directory = *directory,
                   start = std::chrono::system_clock::now()](const std::string& uuid) -> Result<std::string> {
    if (auto made = make_history_directory(directory); !made) return made.error();
    return directory + "/" + journal_file_name(start, uuid);
  };
  options.begin_after = kBegin;
  options.sync = sync;
  options.retry_every = 0ms;
  options.on_trouble = warn;
  options.on_begin = [directory = *directory](const std::string&) {
    (void)prune_journals(directory);  // after an error the next run tries again
  };
  auto journal = Journal::open(std::move(options));
  if (!journal) throw std::runtime_error(journal.error().message);
  std::unique_ptr<DefaultJournal> opened(new DefaultJournal);
  opened->journal_ = *std::move(journal);
  return opened;
} catch (const std::exception& failure) {
  warn(failure.what());
  return nullptr;
}

void DefaultJournal::on_event(const Event& event) {
  if (lost_) return;
  try {
    const auto clean = without_secrets(event);
    journal_->on_event(clean ? *clean : event);
  } catch (const std::exception& failure) {
    lost_ = true;
    warn(failure.what());
  }
}

std::string DefaultJournal::close() { return journal_->close() && !lost_ ? journal_->path() : ""; }

}  // namespace sluice::cli
