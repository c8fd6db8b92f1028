// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <sluice/export.hpp>
#include <sluice/journal.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// Journals in a directory of their own. The names of the files decide which of its files are journals.

/// Returns the name of the file of a run, such as "20261124-040000-1c9a7be2.db": its start in UTC and the first eight
/// characters of its UUID. Thread-safe.
SLUICE_EXPORT std::string journal_file_name(WallTime started, std::string_view uuid);

/// A journal in a directory.
struct StoredJournal {
  struct Run {
    std::int64_t number = 0;
    WallTime started;
    JournalRun::State state = JournalRun::State::Running;
  };
  std::string path;
  std::uint64_t bytes = 0;  ///< of the file and its log
  bool in_use = false;      ///< a process writes to it
  std::vector<Run> runs;    ///< by number
  std::string error;        ///< why it cannot be read, with its path; "" if it can
};

/// Returns the journals of a directory, by the times in their names, the last one first. Reads only the names and
/// states of their runs. Errors: UnreadableFile if the directory cannot be read; a directory that is missing has no
/// journal.
SLUICE_EXPORT Result<std::vector<StoredJournal>> list_journals(const std::string& directory);

/// What prune_journals() keeps.
struct JournalLimits {
  std::size_t count = 20;              ///< number of journals
  std::uint64_t bytes = 1ULL << 30;    ///< of all journals
  std::chrono::hours unfinished{720};  ///< beyond `count`: age of those whose last run did not reach its end
};

/// A journal that prune_journals() has removed, or could not remove.
struct PrunedJournal {
  std::string path;
  std::uint64_t bytes = 0;  ///< of the file and its log
  std::string error;        ///< why it is still there; "" if it is removed
};

/// Removes journals of a directory. It keeps the last `count` ones and, up to their age, unfinished ones. If they have
/// more than `bytes`, it removes the oldest ones. It never removes one that a process writes to. The age of a journal
/// is the time since its last change. Errors: as for list_journals().
SLUICE_EXPORT Result<std::vector<PrunedJournal>> prune_journals(const std::string& directory,
                                                                const JournalLimits& limits = {});

/// True if a process writes to this journal. Thread-safe.
SLUICE_EXPORT bool is_journal_in_use(const std::string& path);

/// Writes a copy of a journal that is one file, readable for its owner only. The journal may have a log, such as that
/// of a process that was killed. `to` must not exist. Errors: UnreadableFile if the journal cannot be read or the copy
/// cannot be written; then there is no copy.
SLUICE_EXPORT Result<void> pack_journal(const std::string& from, const std::string& to);

}  // namespace sluice
