#pragma once

#include <dirent.h>

namespace sluice::nse {

/// A directory being read; open from its making, which may raise, until its end is reached or it is closed.
struct Directory {
  static constexpr const char* kTypeName = "directory metatable";

  Directory() = default;
  ~Directory() { close(); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  void close() noexcept {
    if (stream) closedir(stream);
    stream = nullptr;
  }

  DIR* stream = nullptr;
};

}  // namespace sluice::nse
