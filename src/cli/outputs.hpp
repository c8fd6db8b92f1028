// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <sluice/command_line.hpp>
#include <sluice/earlier_run.hpp>
#include <sluice/writer.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/default_journal.hpp"
#include "cli/open_hosts.hpp"
#include "cli/report_file.hpp"

namespace sluice::cli {

/// The observer of the command: passes each event to the writers of all reports, and writes errors of the run and lines
/// for LogTo::Error to stderr. When on_event returns, all bytes of the event of a run have been written. If a report
/// cannot be written, one line on stderr says so, and the report is closed; the others continue.
///
/// If a report goes to standard output, all other output, including that of scripts, goes to stderr. If stderr is no
/// terminal, it gets no text report, no progress and no lines of -v. Otherwise a program that reads the whole report
/// before it reads stderr could block: these lines would fill the pipe.
///
/// Thread-safe.
class Outputs final : public Observer {
 public:
  /// Where the events come from.
  enum class Source : std::uint8_t {
    Run,
    StoredRun  ///< stderr gets no lines of the run, and there is no journal
  };
  /// Opens all reports and the journal, and changes none of them. Errors: the message names the report that cannot be
  /// opened. If open() is not called, the destructor removes the reports that this function has created.
  static Result<std::unique_ptr<Outputs>> open(const CommandLine& command, Source source = Source::Run);
  ~Outputs() override;

  /// Starts to write. Truncates the reports, unless they are appended to, and writes the events that came before.
  /// `hold_hosts`: called with true when the journal cannot keep pace, and with false when it can again.
  void open(std::function<void(bool hold)> hold_hosts = {});
  /// Opens the journal of a run that goes on, and returns what its earlier attempts have done. open() then completes
  /// the reports from the journal before the first event: files get what the run would have written without the
  /// interruption. `command`: that of the run. If its secrets are redacted in the journal, the reports get them from
  /// its script arguments, and the journal does not. `stored`: what the journal said when `command` was made of it.
  /// REQUIRES: open() was not called. Errors: as for Journal::resume(), or the journal says something else now.
  Result<std::shared_ptr<const EarlierRun>> resume(const std::string& path, std::int64_t run, const StoredRun& stored,
                                                   const CommandLine& command);
  /// The same for a run of which only a report is left. `events`: its contents; empty if the report is appended to.
  void resume(const EarlierRun& earlier, std::vector<Event> events);
  /// Notes that keys are read. A line on stderr says so with the first progress output.
  void announce_keys();
  /// Passes an event on. If memory is short, a report lacks the event and counts as incomplete.
  void on_event(const Event& event) noexcept override;
  /// Completes all reports, if event::RunFinished has not done so. Adds the unfinished hosts with their results so far.
  /// `error`: why the run ended.
  void finish(std::string_view error);
  /// Closes the reports and the journal. Returns true if all are complete.
  bool close();
  /// Closes the journal. Returns true if it is complete; that of a run without --journal does not count.
  bool close_journal();
  /// Names the journal on stderr, if the run has one, at the first call. For a run that did not end in order.
  /// REQUIRES: close_journal() was called.
  void tell_where_kept();
  /// Notes in the journal that a signal ends the process in code of a script (Journal::note_crash()).
  /// Async-signal-safe.
  void note_crash(const char* signal, const RunningScript& script) noexcept;
  /// True if a report goes to this file.
  [[nodiscard]] bool is_output(const std::string& path) const;
  /// Returns the file that a report and a database would both use: the database, or one beside it (side_files.hpp); ""
  /// if there is none.
  [[nodiscard]] std::string used_by_report(const std::string& database) const;

 private:
  struct Output {
    const Format format;
    std::unique_ptr<Observer> writer;
    ReportFile file;
    bool numbered = false;  ///< WriterOptions::numbered
    bool told = false;      ///< stderr has the line that it is incomplete
    bool gathers = false;   ///< bytes wait in `gathered` until flush(), or until there are many; for stored events
    std::string gathered;
    Output(Format wanted_format, const WriterOptions& options, ReportFile where);
    void flush() noexcept;
  };
  Outputs() = default;
  Result<void> open_journal(const CommandLine& command);
  JournalOptions journal_options(const std::string& path, JournalOptions::Sync sync);
  Result<void> add(const CommandLine& command, const OutputFile& wanted, const WriterOptions& options);
  void handle(const Event& event) noexcept;
  /// Writes the earlier events of a run that goes on.
  void replay();
  void take_counts(const EarlierRun& earlier);
  void write(Output& output, const Event& event) noexcept;
  void pass_on(const Event& event) noexcept;
  /// Updates the members for finish(), and writes to stderr.
  void note(const Event& event);
  /// Writes what scripts have printed, so that it precedes the next lines of the report. No effect if a thread is stuck
  /// in the middle of a print.
  void flush_prints() noexcept;
  static void tell_loss(Output& output, const std::string& why) noexcept;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Output>> outputs_;  // pointers, because sinks refer to the objects
  int standard_output_ = -1;                      // duplicate of descriptor 1, if that was replaced by stderr
  bool begun_ = false, finished_ = false, keys_to_announce_ = false;
  Source source_ = Source::Run;
  std::function<void(bool hold)> hold_hosts_;  // set by open()
  std::unique_ptr<Journal> journal_;
  // Of a run that goes on.
  std::optional<std::pair<std::string, std::int64_t>> resumed_;  // path of the journal, and number in it
  std::vector<Event> earlier_;                                   // contents of a report
  std::optional<std::string> secrets_;  // script arguments of a resumed run whose journal does not have all of them
  bool journal_lost_ = false;           // events are missing in it
  std::optional<JournalOptions::Sync> default_sync_;  // of the default journal; absent: there is none
  std::unique_ptr<DefaultJournal> default_journal_;   // set by open()
  std::string kept_;                                  // path of the closed journal; "" if there is none
  std::once_flag journal_closed_;
  bool journal_whole_ = true;  // set by close_journal()
  std::atomic<bool> told_where_kept_ = false;
  std::vector<Event> early_;         // events before open()
  std::unique_ptr<char[]> reserve_;  // memory that finish() and event::RunFinished release
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::pair<std::string, std::string> meant_;  ///< the first target, and the command that it resembles; "" if none
  // For finish().
  OpenHosts open_hosts_;
  std::size_t hosts_up_ = 0, hosts_down_ = 0, hosts_total_ = 0;
};

/// Returns the URL of the stylesheet of the installed Nmap, the default of XML reports; "" if there is none.
std::string installed_stylesheet(const Options& options);

}  // namespace sluice::cli
