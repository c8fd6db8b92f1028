// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <sluice/earlier_run.hpp>
#include <sluice/export.hpp>
#include <sluice/observer.hpp>
#include <sluice/result.hpp>
#include <sluice/running_script.hpp>
#include <string>
#include <vector>

namespace sluice {

/// Options of a journal.
struct JournalOptions {
  /// When a commit counts as done.
  enum class Sync : std::uint8_t {
    Full,   ///< when the disk has it: what is committed survives a power cut
    Normal  ///< when the system has it: what is committed survives the end of the process; a power cut may lose the end
  };

  std::string path;  ///< of the file; created if it is missing, otherwise the run is added to its runs
  /// Names the file instead of `path`, if it is set. The file must not exist. Called at most once, on the thread of the
  /// journal, after `begin_after`. `uuid`: that of the run. Errors: the journal is given up.
  std::function<Result<std::string>(const std::string& uuid)> place{};
  /// With `place`: time from open() until the file is created. The events before wait in memory. If the journal is
  /// closed before, there is no file.
  std::chrono::milliseconds begin_after{0};
  Sync sync = Sync::Full;
  /// With Journal::resume(): an unfinished host starts again if what is known of it is older.
  std::chrono::milliseconds keep_states = std::chrono::hours(24);
  /// Interval of the attempts to write after an error. 0: the journal is given up after the first error, and if more
  /// than 64 MiB wait.
  std::chrono::milliseconds retry_every{5'000};
  /// Called when the queue of events becomes full (true) and when it has room again (false). A caller that can, starts
  /// no further hosts while it is full. Called on the thread that emits the event, and on that of the journal.
  std::function<void(bool full)> on_full{};
  /// Receives a line for the user: the journal cannot be written, is written again, or is given up. Called on the
  /// thread of the journal.
  std::function<void(const std::string& line)> on_trouble{};
  /// Called with the path of the file after the first commit, on the thread of the journal. No event is committed
  /// meanwhile.
  std::function<void(const std::string& path)> on_begin{};
};

/// What a journal says about a run. Its arguments decide what a resumed run does.
struct StoredRun {
  std::vector<std::string> arguments;  ///< event::RunStarted::arguments
  std::string directory;               ///< working directory of the process; "" if it was unknown
  bool operator==(const StoredRun&) const = default;
};

/// An observer that keeps the events of a run in an SQLite database (docs/journal.md), as they happen. A thread of its
/// own commits them: at most 200 ms after an event, and 20 ms after the end of a host. So at most the last 200 ms are
/// lost if the process is killed.
///
/// If the file cannot be written, the journal tries again at intervals. It is given up when more than 64 MiB wait;
/// the file then contains the run up to its last commit.
///
/// on_event() is not thread-safe; an engine emits one event at a time. It does not wait for the disk.
class SLUICE_EXPORT Journal final : public Observer {
 public:
  /// Opens or creates the file, readable for its owner only. Errors: UnreadableFile if the file cannot be opened, is no
  /// journal or is damaged, was written by a later version, or is in use by another process; the message names the file
  /// and the process. The same if other users can have written an existing file or one of those beside it that SQLite
  /// reads, or can replace the file. ResourceShortage if the file system is full, read-only or fails, or if the thread
  /// cannot be started. With JournalOptions::place the errors of the file go to JournalOptions::on_trouble.
  static Result<std::unique_ptr<Journal>> open(JournalOptions options);
  /// A run that goes on.
  struct Resumed {
    std::unique_ptr<Journal> journal;
    StoredRun stored;                           ///< what the file says about the run
    std::shared_ptr<const EarlierRun> earlier;  ///< for Options::earlier
  };
  /// Opens a file in order to add the next attempt at a run to it. Removes from it the results of scripts of unfinished
  /// hosts, because these scripts start again, and states that are too old (JournalOptions::keep_states). The first
  /// event must be event::RunResumed. Errors: as for open(); also, if the file has no such run, or if the run has
  /// ended.
  static Result<Resumed> resume(JournalOptions options, std::int64_t run);
  /// Calls close().
  ~Journal() override;

  void on_event(const Event& event) override;
  /// Commits what has not been committed, and closes the file. Errors: events are missing in the file. No effect if it
  /// was called before.
  Result<void> close();
  /// Notes that a signal ends the process in code of a script. If that happens twice in one script of a host, a run
  /// that goes on leaves the script out there (EarlierRun::left_out). For a handler of SIGSEGV and its like. `signal`:
  /// its name. Async-signal-safe. No effect before the file is open.
  void note_crash(const char* signal, const RunningScript& script) noexcept;
  /// Returns the number of the run in the file; 0 before its first commit. Thread-safe.
  [[nodiscard]] std::int64_t run() const;
  /// Returns the path of the file; "" before its first commit. Thread-safe.
  [[nodiscard]] std::string path() const;

 private:
  class Writer;
  explicit Journal(std::unique_ptr<Writer> writer);
  const std::unique_ptr<Writer> writer_;
};

/// A run in a journal.
struct JournalRun {
  enum class State : std::uint8_t {
    Running,  ///< not finished: it runs now, or its process has ended without closing the journal
    Ended,    ///< reached its end
    Stopped   ///< was stopped before its end, or failed
  };
  std::int64_t number = 0;  ///< from 1, in the order of the starts
  std::string uuid;         ///< differs for all runs of all journals
  WallTime started;
  std::optional<WallTime> ended;
  std::string version;                 ///< of sluice
  std::vector<std::string> arguments;  ///< event::RunStarted::arguments
  std::string directory;               ///< working directory of the process; "" if it was unknown
  State state = State::Running;
  std::size_t hosts = 0, results = 0;  ///< numbers of finished hosts and of results of scripts
};

/// Reads a journal, also while a run is written to it. Not thread-safe.
class SLUICE_EXPORT JournalReader {
 public:
  /// Opens a journal. Does not change it. Errors: UnreadableFile if the file cannot be opened, is no journal or is
  /// damaged, or was written by a later version.
  static Result<std::unique_ptr<JournalReader>> open(const std::string& path);
  ~JournalReader();

  /// Returns the runs by number. Errors: UnreadableFile.
  Result<std::vector<JournalRun>> runs();
  /// Emits the events of a run, in their order. The stream of a run that did not end has no event::RunFinished.
  /// `observer`: its exceptions pass through. Errors: there is no such run; the file is damaged.
  Result<void> read(std::int64_t run, Observer& observer);

 private:
  class File;
  explicit JournalReader(std::unique_ptr<File> file);
  const std::unique_ptr<File> file_;
};

/// Returns "running", "ended" or "stopped". Thread-safe.
SLUICE_EXPORT std::string_view to_text(JournalRun::State state);

}  // namespace sluice
