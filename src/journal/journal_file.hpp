// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <sluice/earlier_run.hpp>
#include <sluice/journal.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/file_lock.hpp"
#include "journal/obsolete_events.hpp"
#include "journal/place.hpp"
#include "journal/sqlite.hpp"

namespace sluice::journal {

/// Returns a random UUID (RFC 9562, version 4). Throws std::system_error.
std::string random_uuid();

/// Lines of NDJSON to be written, in one string.
struct Batch {
  struct Line {
    std::uint64_t number = 0;  ///< of the event in the run
    std::size_t end = 0;       ///< of the line in `text`
  };
  std::string text;  ///< the lines, each with its line feed
  std::vector<Line> lines;
  std::vector<std::uint64_t> obsolete;  ///< numbers of events that are not kept: of this batch, or of earlier ones
  [[nodiscard]] bool empty() const noexcept { return lines.empty(); }
  void clear() noexcept {
    text.clear();
    lines.clear();
    obsolete.clear();
  }
  /// Adds a line with its line feed. `makes_obsolete`: numbers of events that it makes obsolete. An exception leaves
  /// the batch as it was.
  void add(std::uint64_t number, std::string_view line, const std::vector<std::uint64_t>& makes_obsolete = {}) {
    lines.reserve(lines.size() + 1);
    obsolete.reserve(obsolete.size() + makes_obsolete.size());
    text += line;
    obsolete.insert(obsolete.end(), makes_obsolete.begin(), makes_obsolete.end());
    lines.push_back({number, text.size()});
  }
  /// Calls `visit` with the number and the text of each line, without its line feed.
  template <class Visit>
  void for_each(Visit visit) const {
    std::size_t start = 0;
    for (const Line& line : lines) {
      visit(line.number, std::string_view(text).substr(start, line.end - start - 1));
      start = line.end;
    }
  }
};

/// The database of a journal that is written, with the lock that keeps other writers out. Holds the only connection
/// that writes and checkpoints. Not thread-safe.
class JournalFile {
 public:
  /// Opens or creates the file. Errors: as for Journal::open().
  static Result<JournalFile> open(const std::string& path, JournalOptions::Sync sync);
  /// Creates the file. `uuid`: that of the run. Errors: as for Journal::open(), and something has the path.
  static Result<JournalFile> create(const std::string& path, JournalOptions::Sync sync, std::string uuid);
  /// Opens the file to add to its run `run`, which did not end, and changes its events as Continuation describes.
  /// Errors: as for Journal::resume().
  static Result<JournalFile> resume(const JournalOptions& options, std::int64_t run);
  /// Returns what the file says about the run that resume() has opened. Throws SqliteError.
  StoredRun stored_run();
  /// Returns what the events of the run tell for the next attempt. `observer` and `obsolete` receive the events.
  /// Throws SqliteError.
  EarlierRun read_earlier(Observer& observer, ObsoleteEvents& obsolete);

  /// Writes a batch in one transaction, and removes what it makes obsolete. The first line of the first batch must be a
  /// run_started; the function then adds the run. After resume() it is a run_resumed. Throws SqliteError; the file is
  /// then unchanged.
  void append(const Batch& batch);
  /// Returns the number of the run; 0 before its first commit.
  [[nodiscard]] std::int64_t run() const noexcept { return run_; }
  /// Returns the descriptor of the lock, for FileLock::note_crash().
  [[nodiscard]] int lock() const noexcept { return lock_.descriptor(); }
  /// Removes the file if it was created and has no run.
  ~JournalFile();
  JournalFile(JournalFile&& other) noexcept = default;
  JournalFile& operator=(JournalFile&&) = delete;

 private:
  JournalFile(FileLock lock, Database database, Place place);
  /// `exclusive`: the file must be missing. `refusal`: as for check_trusted().
  static Result<JournalFile> open(const std::string& path, JournalOptions::Sync sync, bool exclusive,
                                  std::string_view refusal);
  /// Opens the file that has been found at `place`. `path`: for messages.
  static Result<JournalFile> open(const std::string& path, const Place& place, JournalOptions::Sync sync,
                                  std::string_view refusal);
  /// Throws SqliteError if another file, or none, has the path.
  void check_path() const;
  /// Adds the lines of a batch that are not obsolete, and removes the earlier events that are.
  void write(const Batch& batch);
  void begin_run(std::string_view line);
  /// Adds the crash that the last process has noted to the run that it has not finished.
  void add_crash(const FileLock::Crash& crash);
  void resume_run(std::int64_t run, std::chrono::milliseconds keep_states);
  void end_run(std::string_view line);

  FileLock lock_;
  Place place_;
  Database database_;
  std::optional<Statement> insert_, remove_, begin_, commit_, rollback_;
  std::string uuid_ = random_uuid();  ///< of the run
  std::int64_t run_ = 0;
};

}  // namespace sluice::journal
