// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/result.hpp>
#include <sluice/running_script.hpp>
#include <string>

namespace sluice::journal {

/// The right of one process to write to a file, as a lock on the file PATH-lock beside it. The system releases the lock
/// when the process ends. Not thread-safe.
class FileLock {
 public:
  /// Acquires the lock, and creates its file with mode 0600. Errors: another process holds the lock, with its number;
  /// the file cannot be created (cannot_write()), or it belongs to another user than root and that of the process.
  static Result<FileLock> acquire(const std::string& path);
  /// True if a process holds the lock.
  static bool is_held(const std::string& path);
  /// A signal that has ended the last process that held the lock, as it has noted it.
  struct Crash {
    std::chrono::system_clock::time_point time;
    std::string signal, script;
    std::optional<Address> host;
  };
  /// Returns what the last holder has noted; nothing if it has noted nothing.
  [[nodiscard]] const std::optional<Crash>& crash() const noexcept { return crash_; }
  /// Notes a signal that ends the process. `descriptor`: that of the lock. `signal`: its name. Async-signal-safe.
  static void note_crash(int descriptor, const char* signal, const RunningScript& script) noexcept;
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  /// Releases the lock and removes its file.
  ~FileLock();

 private:
  FileLock(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  int descriptor_;
  std::string path_;
  std::optional<Crash> crash_;
};

}  // namespace sluice::journal
