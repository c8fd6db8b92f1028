// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dirent.h>

namespace sluice::nse {

/// A directory that a script reads by lfs.dir. `stream` is null once it is closed. Owned by Lua, as a userdata.
struct Directory {
  static constexpr const char* kTypeName = "directory metatable";

  Directory() = default;
  ~Directory() { close(); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  /// Closes the directory. Idempotent.
  void close() noexcept {
    if (stream) closedir(stream);
    stream = nullptr;
  }

  DIR* stream = nullptr;
};

}  // namespace sluice::nse
