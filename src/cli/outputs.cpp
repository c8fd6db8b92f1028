// SPDX-License-Identifier: Apache-2.0
#include "cli/outputs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sluice/quote.hpp>
#include <sluice/redaction.hpp>
#include <system_error>

#include "base/side_files.hpp"
#include "cli/colour.hpp"
#include "cli/keyboard.hpp"
#include "cli/print.hpp"
#include "cli/terminal.hpp"

namespace sluice::cli {

namespace {

constexpr std::size_t kReserve = 1 << 20;
/// Bytes of stored events that are written together. A system call for each event doubles the time of NDJSON.
constexpr std::size_t kGathered = 1 << 16;
constexpr const char *kStandardOutput = "standard output", *kStandardError = "standard error";

/// Returns a path as a word of a shell.
std::string shell_word(const std::string& path) {
  const bool plain = std::ranges::all_of(path, [](char character) {
    return std::isalnum(static_cast<unsigned char>(character)) != 0 ||
           std::string_view("/._-+:@%").find(character) != std::string_view::npos;
  });
  if (plain) return path;
  std::string word;
  for (const char character : path) word += character == '\'' ? "'\\''" : std::string(1, character);
  return "'" + word + "'";
}

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

Outputs::Output::Output(Format wanted_format, const WriterOptions& options, ReportFile where)
    : format(wanted_format), file(std::move(where)), numbered(format == Format::Json && !file.identity()) {
  WriterOptions wanted = options;
  wanted.numbered = numbered;
  writer = make_writer(format, wanted, [this](std::string_view bytes) {
    if (!gathers) return print_to(file, bytes);
    gathered += bytes;
    if (gathered.size() >= kGathered) flush();
  });
}

void Outputs::Output::flush() noexcept {
  print_to(file, gathered);
  gathered.clear();
}

Result<std::unique_ptr<Outputs>> Outputs::open(const CommandLine& command, Source source) {
  const Options& options = command.options;
  std::unique_ptr<Outputs> outputs(new Outputs);
  outputs->source_ = source;
  if (command.meant) outputs->meant_ = {options.targets.front(), *command.meant};
  outputs->reserve_ = std::make_unique<char[]>(kReserve);

  WriterOptions shown = writer_options(options);
  const bool to_stderr = std::any_of(command.outputs.begin(), command.outputs.end(),
                                     [](const OutputFile& wanted) { return wanted.path == "-"; });
  shown.diagnostics_only = to_stderr && ::isatty(STDERR_FILENO) == 0;
  const int shown_on = to_stderr ? STDERR_FILENO : STDOUT_FILENO;
  shown.colour = wants_colour(command.colour, shown_on);
  if (!command.quiet)
    outputs->outputs_.push_back(std::make_unique<Output>(
        Format::Text, shown, ReportFile::on(shown_on, false, to_stderr ? kStandardError : kStandardOutput)));
  shown.diagnostics_only = false;
  shown.colour = false;
  shown.file = true;
  for (const OutputFile& wanted : command.outputs) {
    shown.stylesheet.clear();
    if (wanted.format == Format::Xml) shown.stylesheet = command.stylesheet.value_or(installed_stylesheet(options));
    if (auto added = outputs->add(command, wanted, shown); !added) return added.error();
  }
  if (source == Source::Run && !command.journal && !command.no_journal && !command.resume)
    outputs->default_sync_ = command.journal_sync;
  if (command.journal && !command.resume)
    if (auto opened = outputs->open_journal(command); !opened) return opened.error().in("--journal");
  return outputs;
}

Result<void> Outputs::open_journal(const CommandLine& command) {
  if (const std::string used = used_by_report(*command.journal); !used.empty())
    return Error{fmt::format("{}: a report uses this file; give the journal a file of its own", used)};
  auto journal = Journal::open(journal_options(*command.journal, command.journal_sync));
  if (!journal) return journal.error();
  journal_ = *std::move(journal);
  return {};
}

JournalOptions Outputs::journal_options(const std::string& path, JournalOptions::Sync sync) {
  return {.path = path,
          .sync = sync,
          .on_full =
              [this](bool full) {
                if (hold_hosts_) hold_hosts_(full);
              },
          .on_trouble = [](const std::string& line) { tell("sluice: --journal: " + line + '.'); }};
}

Result<void> Outputs::add(const CommandLine& command, const OutputFile& wanted, const WriterOptions& options) {
  if (wanted.path == "-") {
    std::fflush(stdout);
    const int kept = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    standard_output_ = kept < 0 ? -1 : ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (standard_output_ < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
      return Error{fmt::format("{}: {}", kStandardOutput, reason(errno))};
    outputs_.push_back(std::make_unique<Output>(wanted.format, options, ReportFile::on(kept, true, kStandardOutput)));
    return {};
  }
  if (const std::string database = database_beside(wanted.path); !database.empty())
    return Error{fmt::format("cannot write the report to {}: the file belongs to the database {}; name another file",
                             shortened(wanted.path), shortened(database))};
  if (is_database(wanted.path))
    return Error{
        fmt::format("cannot write the report to {}: the file is a database, such as a journal; name another file",
                    shortened(wanted.path))};
  auto file = ReportFile::open(wanted.path, command.append_output);
  if (!file) return file.error();
  const auto identity = file->identity();
  const bool shared = identity && std::any_of(outputs_.begin(), outputs_.end(),
                                              [&](const auto& other) { return other->file.identity() == identity; });
  if (shared)
    return Error{
        fmt::format("{}: another report uses this file; give each report a file of its own", shortened(wanted.path))};
  outputs_.push_back(std::make_unique<Output>(wanted.format, options, std::move(*file)));
  return {};
}

std::string Outputs::used_by_report(const std::string& database) const {
  if (is_output(database)) return database;
  const std::string real = real_path(database);
  for (const char* end : kSideFileEnds)
    if (is_output(real + end)) return database + end;
  return "";
}

bool Outputs::is_output(const std::string& path) const {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  return std::any_of(outputs_.begin(), outputs_.end(), [&](const auto& output) {
    return output->file.identity() == std::pair(status.st_dev, status.st_ino);
  });
}

Outputs::~Outputs() {
  flush_prints();
  if (standard_output_ < 0) return;
  ::dup2(standard_output_, STDOUT_FILENO);
  ::close(standard_output_);
}

void Outputs::open(std::function<void(bool hold)> hold_hosts) {
  const std::lock_guard lock(mutex_);
  hold_hosts_ = std::move(hold_hosts);
  begun_ = true;
  if (default_sync_) default_journal_ = DefaultJournal::open(*default_sync_);
  if (resumed_ || !earlier_.empty())
    replay();
  else
    for (const auto& output : outputs_) output->file.open();
  for (const auto& output : outputs_) output->gathers = source_ == Source::StoredRun;
  for (const Event& event : early_) pass_on(event);
  early_.clear();
}

Result<std::shared_ptr<const EarlierRun>> Outputs::resume(const std::string& path, std::int64_t run,
                                                          const StoredRun& stored, const CommandLine& command) {
  JournalOptions options = journal_options(path, command.journal_sync);
  if (command.resume_within) options.keep_states = *command.resume_within;
  auto resumed = Journal::resume(std::move(options), run);
  if (!resumed) return resumed.error();
  if (resumed->stored != stored)  // of another user, who may create files in the directory for a moment
    return Error{path + ": another process has changed the file; resume it again if you trust it"};
  journal_ = std::move(resumed->journal);
  take_counts(*resumed->earlier);
  resumed_.emplace(path, run);
  if (!redacted_names(command.options.command_line).empty()) secrets_ = command.options.script_args;
  return resumed->earlier;
}

void Outputs::resume(const EarlierRun& earlier, std::vector<Event> events) {
  take_counts(earlier);
  earlier_ = std::move(events);
}

void Outputs::take_counts(const EarlierRun& earlier) {
  hosts_up_ = earlier.hosts_up;
  hosts_down_ = earlier.hosts_down;
  hosts_total_ = earlier.hosts_total;
  start_ -= earlier.elapsed;
}

void Outputs::replay() {
  /// Passes the stored events on to the reports. A terminal has shown them, and the lines of a pipe are numbered.
  class ReportReplay final : public Observer {
   public:
    explicit ReportReplay(Outputs& outputs) : outputs_(outputs) {}
    void on_event(const Event& event) override {
      const bool first = std::holds_alternative<event::RunStarted>(event.what);
      const auto whole = outputs_.secrets_ ? with_secrets(event, *outputs_.secrets_) : std::nullopt;
      for (const auto& output : outputs_.outputs_) {
        if (output->numbered || (!first && output->file.is_terminal())) continue;
        outputs_.write(*output, whole ? *whole : event);
        if (first) output->flush();  // these bytes alone: ReportFile::resume()
      }
    }

   private:
    Outputs& outputs_;
  };
  for (const auto& output : outputs_) {
    output->file.resume(output->format);
    output->gathers = true;
  }
  ReportReplay replay(*this);
  Result<void> read{};
  if (resumed_) {
    auto journal = JournalReader::open(resumed_->first);
    read = journal ? (*journal)->read(resumed_->second, replay) : journal.error();
  }
  for (const Event& event : std::exchange(earlier_, {})) replay.on_event(event);
  for (const auto& output : outputs_) {
    output->flush();
    output->file.end_resumed_part();
    if (output->file.has_two_reports())
      tell(
          event::warning(fmt::format("{}: a report of another run, or other text, follows that of the interrupted run, "
                                     "which stays incomplete there. The whole report is appended.",
                                     shortened(output->file.name())))
              .text);
  }
  if (!read)
    for (const auto& output : outputs_) tell_loss(*output, read.error().message);
}

void Outputs::write(Output& output, const Event& event) noexcept {
  if (output.file.failed()) return;
  try {
    output.writer->on_event(event);
  } catch (const std::exception& failure) {
    tell_loss(output, failure.what());
  }
  if (output.file.failed()) tell_loss(output, output.file.failure());
}

void Outputs::announce_keys() {
  const std::lock_guard lock(mutex_);
  keys_to_announce_ = true;
}

void Outputs::on_event(const Event& event) noexcept {
  const std::lock_guard lock(mutex_);
  handle(event);
}

void Outputs::handle(const Event& event) noexcept {
  if (std::holds_alternative<event::RunFinished>(event.what)) reserve_.reset();
  flush_prints();
  try {
    note(event);
    if (!begun_) early_.push_back(event);
  } catch (const std::exception&) {
    tell("sluice: out of memory.");
  }
  if (begun_) pass_on(event);
}

void Outputs::pass_on(const Event& event) noexcept {
  for (const auto& output : outputs_) write(*output, event);
  if (default_journal_) default_journal_->on_event(event);
  if (!journal_ || journal_lost_) return;
  try {
    const auto clean = secrets_ ? without_secrets(event) : std::nullopt;
    journal_->on_event(clean ? *clean : event);
  } catch (const std::exception&) {
    journal_lost_ = true;
    tell("sluice: --journal: out of memory; it contains the run up to here.");
  }
}

void Outputs::note(const Event& event) {
  open_hosts_.note(event);
  const bool progress =
      std::holds_alternative<event::TaskProgress>(event.what) || std::holds_alternative<event::Stats>(event.what);
  if (progress && std::exchange(keys_to_announce_, false))
    tell("Keys: Enter prints the progress; v and d raise the levels, V and D lower them; ? lists the keys.");
  if (source_ == Source::StoredRun) return;
  if (const auto* log = std::get_if<event::Log>(&event.what); log && log->to == event::LogTo::Error) tell(log->text);
  const auto* skipped = std::get_if<event::TargetSkipped>(&event.what);
  if (skipped && !meant_.second.empty() && skipped->specification == meant_.first)
    tell(fmt::format("sluice: did you mean the command {}? A command must be the first argument.", meant_.second));
  if (const auto* host = std::get_if<event::HostFinished>(&event.what)) {
    const std::string_view status = status_text(*host->report);
    ++hosts_total_;
    if (status == "up") ++hosts_up_;
    if (status == "down") ++hosts_down_;
  }
  if (const auto* run = std::get_if<event::RunFinished>(&event.what); run && !std::exchange(finished_, true)) {
    // The process may end without destructors after this event.
    Keyboard::give_back();
    if (const auto terminal = Terminal::in_use()) terminal->end();
    if (!run->error.empty()) tell("sluice: " + run->error + '.', Tone::Failure);
  }
}

void Outputs::flush_prints() noexcept {
  if (::ftrylockfile(stdout) != 0) return;
  std::fflush(stdout);
  ::funlockfile(stdout);
}

void Outputs::tell_loss(Output& output, const std::string& why) noexcept {
  if (std::exchange(output.told, true)) return;
  try {
    tell(fmt::format("sluice: {}: {}; this report is not complete.", shortened(output.file.name()), why),
         Tone::Failure);
  } catch (const std::exception&) {
    tell("sluice: a report is not complete.", Tone::Failure);
  }
}

void Outputs::finish(std::string_view error) {
  const std::lock_guard lock(mutex_);
  if (finished_ || !begun_) return;
  reserve_.reset();
  const auto now = std::chrono::system_clock::now();
  for (auto& host : open_hosts_.pop_all(now, std::string(error))) handle({now, std::move(host)});
  event::RunFinished run;
  run.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_);
  run.hosts_up = hosts_up_;
  run.hosts_down = hosts_down_;
  run.hosts_total = hosts_total_;
  run.error = error;
  handle({now, std::move(run)});
}

bool Outputs::close() {
  const std::lock_guard lock(mutex_);
  flush_prints();
  bool whole = true;
  for (const auto& output : outputs_) {
    output->flush();
    output->file.close();
    if (output->file.failed()) tell_loss(*output, output->file.failure());
    whole = whole && !output->told;
  }
  return close_journal() && whole;
}

bool Outputs::close_journal() {
  std::call_once(journal_closed_, [this] {  // of the threads that may end the run, one is the first
    if (default_journal_) kept_ = default_journal_->close();
    if (!journal_) return;
    journal_whole_ = journal_->close() && !journal_lost_;  // a line on stderr has told why
    if (journal_whole_) kept_ = journal_->path();
  });
  return journal_whole_;
}

void Outputs::note_crash(const char* signal, const RunningScript& script) noexcept {
  if (journal_) journal_->note_crash(signal, script);
  if (default_journal_) default_journal_->note_crash(signal, script);
}

void Outputs::tell_where_kept() {
  if (!kept_.empty() && !told_where_kept_.exchange(true))
    tell(fmt::format("sluice: the run is kept; continue it with: sluice --resume {}", shell_word(kept_)));
}

std::string installed_stylesheet(const Options& options) {
  std::vector<std::filesystem::path> folders;
  if (options.datadir) folders.emplace_back(*options.datadir);
  if (const char* folder = std::getenv("NMAPDIR")) folders.emplace_back(folder);
  folders.emplace_back("/usr/share/nmap");
  for (const auto& folder : folders) {
    std::error_code failure;
    const auto path = std::filesystem::absolute(folder / "nmap.xsl", failure);
    if (!failure && std::filesystem::exists(path, failure)) return "file://" + path.lexically_normal().string();
  }
  return "";
}

}  // namespace sluice::cli
