// SPDX-License-Identifier: Apache-2.0
#include "journal/errors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace sluice::journal {

Error unreadable(const std::string& path, const std::string& why) {
  return {path + ": " + why, ErrorCode::UnreadableFile};
}

Error cannot_write(const std::string& path, int error) {
  const bool shortage = error == ENOSPC || error == EDQUOT || error == EROFS || error == EIO;
  return {path + ": " + std::generic_category().message(error),
          shortage ? ErrorCode::ResourceShortage : ErrorCode::UnreadableFile};
}

Error damaged(const std::string& path, std::string_view why) {
  return unreadable(path,
                    fmt::format("is damaged ({}); sqlite3 FILE .recover saves what can be read, name another file "
                                "for new runs",
                                why));
}

Error in_words(const std::string& path, const SqliteError& failure) {
  switch (failure.code()) {
    case SQLITE_NOTADB:
      return unreadable(path, "is no journal of sluice; name another file");
    case SQLITE_CORRUPT:
      return damaged(path, failure.what());
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
      return {path + ": " + failure.what(), ErrorCode::ResourceShortage};
    default:
      return unreadable(path, failure.what());
  }
}

}  // namespace sluice::journal
