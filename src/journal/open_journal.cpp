// SPDX-License-Identifier: Apache-2.0
#include "journal/open_journal.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/side_files.hpp"
#include "base/trusted_file.hpp"
#include "journal/errors.hpp"
#include "journal/place.hpp"
#include "journal/schema.hpp"

namespace sluice::journal {

namespace {

/// Returns a path for a URI.
std::string uri_path(const std::string& path) {
  std::string text;
  for (const char character : path)
    text += std::string_view("%?#").find(character) == std::string_view::npos
                ? std::string(1, character)
                : fmt::format("%{:02X}", static_cast<unsigned char>(character));
  return text;
}

Result<Database> open_to_read(const std::string& path, Database database) {
  sqlite3_busy_timeout(database.handle(), kPatience);
  sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  database.execute("PRAGMA trusted_schema = OFF");
  if (auto checked = check_kind(database, path); !checked) return checked.error();
  return database;
}

Result<Database> open_unfinished(const std::string& path, const std::string& real) {
  constexpr std::string_view kRefusal = "so its transaction is not rolled back";
  if (auto trusted = check_trusted(real, kRefusal); !trusted) return trusted.error();
  if (auto checked = check_own_file(real + "-journal", kRefusal, "remove it"); !checked) return checked.error();
  try {
    return open_to_read(path, Database(real, SQLITE_OPEN_READWRITE));
  } catch (const SqliteError& failure) {
    return in_words(path, failure);
  }
}

/// Opens a file that does not change; SQLite opens no other file then.
Result<Database> open_unchanged(const std::string& path, const std::string& real) {
  try {
    return open_to_read(path,
                        Database("file:" + uri_path(real) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI));
  } catch (const SqliteError& failure) {
    return in_words(path, failure);
  }
}

bool has_side_file(const std::string& real) {
  std::error_code failure;
  return std::ranges::any_of(kSqliteFileEnds,
                             [&](const char* end) { return std::filesystem::exists(real + end, failure); });
}

/// Checks that the files beside the database belong to its owner, to root or to the user. If root opens them, SQLite
/// gives them to the owner of the database, who would trust them from then on.
Result<void> check_owners(const std::string& real) {
  struct stat database {};
  if (::stat(real.c_str(), &database) != 0) return cannot_write(real, errno);
  for (const char* end : kSqliteFileEnds) {
    const std::string path = real + end;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) continue;
    if (S_ISLNK(status.st_mode)) return unreadable(path, "is a symbolic link, so the journal is not read; remove it");
    if (status.st_uid != database.st_uid && status.st_uid != 0 && status.st_uid != ::geteuid())
      return unreadable(path, "belongs to another user than the journal, so the journal is not read; remove it");
  }
  return {};
}

}  // namespace

bool has_tables(Database& database) { return database.number("SELECT count(*) FROM sqlite_schema") > 0; }

Result<void> check_kind(Database& database, const std::string& path) {
  if (!has_tables(database)) return unreadable(path, "has no run yet");
  if (database.number("PRAGMA application_id") != kApplicationId)
    return unreadable(path, "is no journal of sluice; name another file");
  const std::int64_t version = database.number("PRAGMA user_version");
  if (version > kSchemaVersion)
    return unreadable(path, fmt::format("was written by a later version of sluice (tables of version {}, not {}); use "
                                        "that version",
                                        version, kSchemaVersion));
  return {};
}

Result<void> check_after_kill(Database& database, const std::string& path) {
  if (database.number("SELECT state = 'running' FROM run ORDER BY id DESC LIMIT 1") == 0) return {};
  Statement quick(database, "PRAGMA quick_check(1)");
  if (quick.step() && quick.text(0) != "ok")
    return in_words(path, SqliteError(SQLITE_CORRUPT, std::string(quick.text(0))));
  return {};
}

Result<Database> open_to_read(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) return unreadable(path, std::generic_category().message(errno));
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) return unreadable(path, "is a directory; name a journal");
  const std::string real = std::filesystem::canonical(path, failure).string();
  if (auto checked = check_owners(real); !checked) return checked.error();
  if (::geteuid() == 0 && can_others_add(real)) {
    if (!has_side_file(real)) return open_unchanged(path, real);
    Place place;
    place.path = real;
    if (auto held = hold_side_files(place); !held) return held.error();
  }
  try {
    return open_to_read(path, Database(real, SQLITE_OPEN_READONLY));
  } catch (const SqliteError& first) {
    // Only a connection that can write rolls back a transaction of a writer that was killed.
    if (std::filesystem::exists(real + "-journal", failure) && ::access(real.c_str(), W_OK) == 0)
      return open_unfinished(path, real);
    // In a directory that cannot be written SQLite reads a file only if it is told that the file does not change.
    const bool unwritable = first.code() == SQLITE_READONLY || first.code() == SQLITE_CANTOPEN;
    if (!unwritable || std::filesystem::exists(real + "-wal", failure)) return in_words(path, first);
  }
  return open_unchanged(path, real);
}

}  // namespace sluice::journal
