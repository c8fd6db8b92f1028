// SPDX-License-Identifier: Apache-2.0
#include "journal/journal_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "journal/schema.hpp"
#include "output/parse_text.hpp"

namespace sluice::journal {

namespace {

using Json = nlohmann::json;

Error unreadable(const std::string& path, const std::string& why) {
  return {path + ": " + why, ErrorCode::UnreadableFile};
}

/// Creates the file with mode 0600 if it is missing. SQLite would use the mode 0644.
Result<void> create(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return unreadable(path, std::generic_category().message(errno));
  struct stat status {};
  const bool regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  ::close(descriptor);
  if (!regular) return unreadable(path, "is no regular file; name a file for the journal");
  return {};
}

/// True if the file is on a network file system. Such systems lack the shared memory that WAL needs.
bool is_remote(const std::string& path) {
  constexpr std::array<unsigned long, 5> kRemote{NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC,
                                                 V9FS_MAGIC};
  struct statfs status {};
  if (::statfs(path.c_str(), &status) != 0) return false;
  return std::ranges::any_of(kRemote,
                             [&](unsigned long magic) { return static_cast<unsigned long>(status.f_type) == magic; });
}

/// Checks that the file is a journal that this version can use.
Result<void> check(Database& database, const std::string& path) {
  if (database.number("PRAGMA application_id") != kApplicationId)
    return unreadable(path, "is no journal of sluice; name another file");
  const std::int64_t version = database.number("PRAGMA user_version");
  if (version > kSchemaVersion)
    return unreadable(path, fmt::format("was written by a later version of sluice (tables of version {}, not {}); use "
                                        "that version",
                                        version, kSchemaVersion));
  return {};
}

Error in_words(const std::string& path, const SqliteError& failure) {
  if (failure.code() == SQLITE_NOTADB) return unreadable(path, "is no journal of sluice; name another file");
  if (failure.code() == SQLITE_CORRUPT)
    return unreadable(path, std::string("is damaged (") + failure.what() +
                                "); sqlite3 FILE .recover saves what can be read, name another file for new runs");
  return unreadable(path, failure.what());
}

std::int64_t microseconds(const Json& time) {
  const auto parsed = output::parse_utc(time.get<std::string>());
  return std::chrono::duration_cast<Microseconds>(parsed.value().time_since_epoch()).count();
}

/// Returns a random UUID (RFC 9562, version 4).
std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw std::system_error(errno, std::generic_category(), "getrandom");
  bytes[6] = (bytes[6] & 0x0F) | 0x40;
  bytes[8] = (bytes[8] & 0x3F) | 0x80;
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); ++at)
    text += fmt::format("{}{:02x}", at == 4 || at == 6 || at == 8 || at == 10 ? "-" : "", bytes[at]);
  return text;
}

constexpr std::string_view kBeforeKind = "{\"event\":\"";
std::string_view kind_of(std::string_view line) {
  line.remove_prefix(kBeforeKind.size());
  return line.substr(0, line.find('"'));
}

}  // namespace

Result<Database> open_to_read(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) return unreadable(path, std::generic_category().message(errno));
  try {
    Database database(path, SQLITE_OPEN_READONLY);
    sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    if (auto checked = check(database, path); !checked) return checked.error();
    return database;
  } catch (const SqliteError& failure) {
    return in_words(path, failure);
  }
}

Result<JournalFile> JournalFile::open(const std::string& path, JournalOptions::Sync sync) {
  if (auto created = create(path); !created) return created.error();
  auto lock = FileLock::acquire(path);
  if (!lock) return lock.error();
  try {
    Database database(path, SQLITE_OPEN_READWRITE);
    database.execute(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA busy_timeout = 0; PRAGMA mmap_size = 0");
    const bool empty = database.number("SELECT count(*) FROM sqlite_schema") == 0;
    if (!empty) {
      if (auto checked = check(database, path); !checked) return checked.error();
      Statement quick(database, "PRAGMA quick_check(1)");
      if (quick.step() && quick.text(0) != "ok")
        return in_words(path, SqliteError(SQLITE_CORRUPT, std::string(quick.text(0))));
    }
    database.execute(is_remote(path) ? "PRAGMA journal_mode = TRUNCATE" : "PRAGMA journal_mode = WAL");
    database.execute(sync == JournalOptions::Sync::Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    database.execute("PRAGMA wal_autocheckpoint = 4000");
    if (empty)
      database.execute(fmt::format("BEGIN IMMEDIATE; PRAGMA application_id = {}; PRAGMA user_version = {};{}COMMIT",
                                   kApplicationId, kSchemaVersion, kSchema));
    return JournalFile(std::move(*lock), std::move(database));
  } catch (const SqliteError& failure) {
    return in_words(path, failure);
  }
}

JournalFile::JournalFile(FileLock lock, Database database)
    : lock_(std::move(lock)),
      database_(std::move(database)),
      insert_(database_, "INSERT INTO event (id, kind, line) VALUES (?1, ?2, ?3)"),
      begin_(database_, "BEGIN IMMEDIATE"),
      commit_(database_, "COMMIT"),
      rollback_(database_, "ROLLBACK") {}

void JournalFile::append(const Batch& batch) {
  const std::int64_t run = run_, sequence = sequence_;
  begin_.run();
  try {
    batch.for_each([this](std::string_view line) {
      const std::string_view kind = kind_of(line);
      if (run_ == 0) begin_run(line);
      insert_.bind(1, (run_ << kSequenceBits) + ++sequence_).bind(2, kind).bind(3, line).run();
      if (kind == "run_finished") end_run(line);
    });
    commit_.run();
  } catch (const SqliteError&) {
    run_ = run;
    sequence_ = sequence;
    if (sqlite3_get_autocommit(database_.handle()) == 0) rollback_.run();  // some errors roll back themselves
    throw;
  }
}

void JournalFile::begin_run(std::string_view line) {
  const Json started = Json::parse(line);
  Statement insert(database_,
                   "INSERT INTO run (uuid, started_us, version, arguments, state) VALUES (?1, ?2, ?3, ?4, 'running')");
  const std::string uuid = random_uuid(), version = started.at("version"), arguments = started.at("arguments").dump();
  insert.bind(1, uuid).bind(2, microseconds(started.at("time"))).bind(3, version).bind(4, arguments).run();
  run_ = sqlite3_last_insert_rowid(database_.handle());
}

void JournalFile::end_run(std::string_view line) {
  const Json finished = Json::parse(line);
  Statement update(database_, "UPDATE run SET ended_us = ?1, state = ?2 WHERE id = ?3");
  const std::string_view state = finished.contains("error") ? "stopped" : "ended";
  update.bind(1, microseconds(finished.at("time"))).bind(2, state).bind(3, run_).run();
}

}  // namespace sluice::journal
