// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/result.hpp>
#include <string>
#include <string_view>

#include "journal/sqlite.hpp"

namespace sluice::journal {

Error unreadable(const std::string& path, const std::string& why);

/// Returns the error of a file that cannot be opened or written. `error`: an errno. The code is ResourceShortage if the
/// file system is full, read-only or broken, otherwise UnreadableFile.
Error cannot_write(const std::string& path, int error);

/// Returns the error of a damaged journal.
Error damaged(const std::string& path, std::string_view why);

/// Returns the error of a call of SQLite on a journal, with the code as for cannot_write().
Error in_words(const std::string& path, const SqliteError& failure);

}  // namespace sluice::journal
