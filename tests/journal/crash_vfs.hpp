// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace sluice::journal {

/// A file system in memory, as the default VFS of SQLite. Remembers what was written since the last sync, so that a
/// power cut can lose it. One connection at a time. Not thread-safe, except for use by one thread after another.
class CrashVfs {
 public:
  /// The calls that `before` sees.
  enum class Call : std::uint8_t { Open, Read, Write, Truncate, Sync, Delete };

  CrashVfs();
  ~CrashVfs();
  CrashVfs(const CrashVfs&) = delete;
  CrashVfs& operator=(const CrashVfs&) = delete;

  /// Called before each call. Its result, if it is not SQLITE_OK, is that of the call, which then has no effect.
  std::function<int(Call call)> before;

  /// Loses what was not synced: of each file a random part of the writes since its last sync remains, the last of them
  /// torn at a sector. All open files become useless.
  void cut_power(std::mt19937_64& random);
  [[nodiscard]] std::size_t calls() const noexcept { return calls_; }

 private:
  struct Write {
    std::size_t offset;
    std::string bytes;  ///< "" for a truncation to `offset`
  };
  struct Content {
    std::string now, synced;
    std::vector<Write> unsynced;
  };
  struct File {
    sqlite3_file base;
    CrashVfs* vfs;
    std::shared_ptr<Content>* content;
    std::vector<std::unique_ptr<char[]>>* shared;
  };
  static CrashVfs& of(sqlite3_vfs* vfs) { return *static_cast<CrashVfs*>(vfs->pAppData); }
  static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static const sqlite3_io_methods& methods();
  static void apply(std::string& bytes, const Write& write);
  int begin(Call call) {
    ++calls_;
    return before ? before(call) : SQLITE_OK;
  }

  sqlite3_vfs vfs_{};
  sqlite3_vfs* const real_;
  std::map<std::string, std::shared_ptr<Content>> files_;
  std::size_t calls_ = 0;
};

}  // namespace sluice::journal
