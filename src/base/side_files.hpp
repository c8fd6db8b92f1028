// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <sluice/result.hpp>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// Ends of the names of the files beside a database: the first three are those of SQLite, the last one is the lock of a
/// journal.
inline constexpr std::array<const char*, 4> kSideFileEnds{"-wal", "-shm", "-journal", "-lock"};
inline constexpr std::span kSqliteFileEnds = std::span(kSideFileEnds).first<3>();

/// True if the path is a regular file that begins as an SQLite database. Reads nothing of a pipe. Thread-safe.
bool is_database(const std::string& path);

/// Returns the path without symbolic links, also if the file does not exist yet.
std::string real_path(const std::string& path);

/// Returns the database to which a file with this path belongs by its name; "" if there is none. Nothing else may write
/// to such a file: SQLite would take the contents for those of the database. Thread-safe.
std::string database_beside(const std::string& path);

/// Checks the files beside a database as check_own_file() does. `real`: path of the database, without symbolic links.
/// Thread-safe.
Result<void> check_side_files(const std::string& real, std::string_view refusal);

}  // namespace sluice
