// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/result.hpp>
#include <string>

namespace sluice::journal {

/// The right of one process to write to a file, as a lock on the file PATH-lock beside it. The system releases the lock
/// when the process ends. Not thread-safe.
class FileLock {
 public:
  /// Acquires the lock, and creates its file with mode 0600. Errors: another process holds the lock, with its number;
  /// the file cannot be created.
  static Result<FileLock> acquire(const std::string& path);
  /// True if a process holds the lock.
  static bool is_held(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  /// Releases the lock and removes its file.
  ~FileLock();

 private:
  FileLock(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  int descriptor_;
  std::string path_;
};

}  // namespace sluice::journal
