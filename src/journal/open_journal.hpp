// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/result.hpp>
#include <string>

#include "journal/sqlite.hpp"

namespace sluice::journal {

/// Milliseconds for which a connection waits for the locks of others: while readers recover or writers close.
inline constexpr int kPatience = 5000;

/// True if the database has tables. Throws SqliteError.
bool has_tables(Database& database);

/// Checks that the file is a journal that this version can use. Throws SqliteError.
Result<void> check_kind(Database& database, const std::string& path);

/// Checks the whole file if its last run was not closed. Reads all of it. Throws SqliteError.
Result<void> check_after_kill(Database& database, const std::string& path);

/// Opens a journal for reading. Errors: as for JournalReader::open().
Result<Database> open_to_read(const std::string& path);

}  // namespace sluice::journal
