// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::journal {

/// The file of a journal that is written.
struct Place {
  std::string path;                    ///< without symbolic links: the lock and SQLite must mean the same file
  std::pair<dev_t, ino_t> identity{};  ///< of the file
  bool created = false;                ///< the file was missing
  bool empty = false;                  ///< the file has no byte yet
  bool shared = false;                 ///< others can create files in its directory
};

/// Returns device and inode of the file with this path; zeros if there is none.
std::pair<dev_t, ino_t> identity_of(const std::string& path);

/// True if the file is on a network file system. Such systems lack the shared memory that WAL needs.
bool is_remote(const std::string& path);

/// Finds the file, or creates it with mode 0600; SQLite would use the mode 0644. An empty file gets this mode. A file
/// with contents must be trusted. `exclusive`: the file must be missing. `refusal`: as for check_trusted().
Result<Place> find_place(const std::string& path, bool exclusive, std::string_view refusal);

/// Creates the missing files of SQLite if others can create files beside the journal. They cannot replace these, so
/// that SQLite finds none of theirs. SQLite ignores empty files. It must not remove one while others are needed: it
/// would do so after the rollback of a transaction, which is therefore an error, and for an empty database.
Result<void> hold_side_files(const Place& place);

/// Removes the file and those that SQLite keeps beside it, if they belong to the user.
void remove_files(const std::string& path);

}  // namespace sluice::journal
