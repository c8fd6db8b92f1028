// SPDX-License-Identifier: Apache-2.0
#include "journal/journal_file.hpp"

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sluice/event_reader.hpp>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/side_files.hpp"
#include "journal/continuation.hpp"
#include "journal/errors.hpp"
#include "journal/open_journal.hpp"
#include "journal/schema.hpp"
#include "output/json_writer.hpp"
#include "output/parse_text.hpp"

namespace sluice::journal {

namespace {

using Json = nlohmann::json;

std::int64_t microseconds(const Json& time) {
  const auto parsed = output::parse_utc(time.get<std::string>());
  return std::chrono::duration_cast<Microseconds>(parsed.value().time_since_epoch()).count();
}

constexpr std::string_view kBeforeKind = "{\"event\":\"";
std::string_view kind_of(std::string_view line) {
  line.remove_prefix(kBeforeKind.size());
  return line.substr(0, line.find('"'));
}

/// Calls `visit` with the line of an event, without its line feed. `options`: those of the reports of the run.
template <class Visit>
void with_line(const Event& event, Visit visit, const WriterOptions& options = {}) {
  output::JsonWriter writer(
      options,
      [&](std::string_view line) {
        line.remove_suffix(1);
        visit(line);
      },
      output::JsonWriter::Content::Journal);
  writer.on_event(event);
}

/// Passes events on to a function.
template <class Receive>
class Receiver final : public Observer {
 public:
  explicit Receiver(Receive receive) : receive_(std::move(receive)) {}
  void on_event(const Event& event) override { receive_(event); }

 private:
  Receive receive_;
};

/// Emits the stored events of a run. `at(id)`: called before each event. Throws SqliteError.
template <class At>
void read_lines(Database& database, std::int64_t run, Observer& observer, At at) {
  EventReader reader(observer);
  Statement lines(database, "SELECT id, line FROM event WHERE id > ?1 AND id < ?2 ORDER BY id");
  lines.bind(1, run << kSequenceBits).bind(2, (run + 1) << kSequenceBits);
  while (lines.step()) {
    at(lines.number(0));
    if (const Result<void> read = reader.read(lines.text(1)); !read)
      throw SqliteError(SQLITE_CORRUPT, read.error().message);
  }
}

/// Creates the tables of a journal in an empty database.
void create_tables(Database& database) {
  database.execute(fmt::format("BEGIN IMMEDIATE; PRAGMA application_id = {}; PRAGMA user_version = {};{}COMMIT",
                               kApplicationId, kSchemaVersion, kSchema));
}

/// Changes a database that has no write-ahead log to a journal in memory. The change to the log would remove a file.
void leave_rollback_journal(Database& database) {
  Statement mode(database, "PRAGMA journal_mode");
  const bool has_log = mode.step() && mode.text(0) == "wal";
  mode.reset();
  if (!has_log) database.execute("PRAGMA journal_mode = MEMORY");
}

}  // namespace

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

Result<JournalFile> JournalFile::open(const std::string& path, JournalOptions::Sync sync) {
  return open(path, sync, false, "so no run is added to it");
}

Result<JournalFile> JournalFile::create(const std::string& path, JournalOptions::Sync sync, std::string uuid) {
  auto file = open(path, sync, true, "so it is not used");
  if (file) file->uuid_ = std::move(uuid);
  return file;
}

Result<JournalFile> JournalFile::open(const std::string& path, JournalOptions::Sync sync, bool exclusive,
                                      std::string_view refusal) {
  if (const std::string database = database_beside(path); !database.empty())
    return unreadable(path, "belongs to the database " + database + "; name another file");
  const auto place = find_place(path, exclusive, refusal);
  if (!place) return place.error();
  auto file = open(path, *place, sync, refusal);
  if (!file && place->created && identity_of(place->path) == place->identity) remove_files(place->path);
  return file;
}

Result<JournalFile> JournalFile::open(const std::string& path, const Place& place, JournalOptions::Sync sync,
                                      std::string_view refusal) {
  const std::string& real = place.path;
  auto lock = FileLock::acquire(real);
  if (!lock) return lock.error();
  if (auto checked = check_side_files(real, refusal); !checked) return checked.error();
  if (place.shared)
    if (auto held = hold_side_files(place); !held) return held.error();
  try {
    Database database(real, SQLITE_OPEN_READWRITE);
    sqlite3_busy_timeout(database.handle(), kPatience);
    database.execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
    database.execute("PRAGMA secure_delete = FAST");  // ON, the default of Debian, also writes the pages that are freed
    const bool empty = !has_tables(database);
    if (!empty) {
      if (auto checked = check_kind(database, path); !checked) return checked.error();
      if (auto checked = check_after_kill(database, path); !checked) return checked.error();
    }
    if (place.shared) leave_rollback_journal(database);
    database.execute(is_remote(real) ? "PRAGMA journal_mode = TRUNCATE" : "PRAGMA journal_mode = WAL");
    database.execute(sync == JournalOptions::Sync::Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    database.execute("PRAGMA wal_autocheckpoint = 4000");
    if (empty) create_tables(database);
    JournalFile file(std::move(*lock), std::move(database), place);
    file.check_path();
    if (const auto& crash = file.lock_.crash()) file.add_crash(*crash);
    return file;
  } catch (const SqliteError& failure) {
    return in_words(path, failure);
  }
}

JournalFile::JournalFile(FileLock lock, Database database, Place place)
    : lock_(std::move(lock)), place_(std::move(place)), database_(std::move(database)) {
  insert_.emplace(database_, "INSERT INTO event (id, kind, line) VALUES (?1, ?2, ?3)");
  remove_.emplace(database_, "DELETE FROM event WHERE id = ?1");
  begin_.emplace(database_, "BEGIN IMMEDIATE");
  commit_.emplace(database_, "COMMIT");
  rollback_.emplace(database_, "ROLLBACK");
}

JournalFile::~JournalFile() {
  if (!database_.handle()) return;  // moved
  const bool unused = place_.created && run_ == 0 && identity_of(place_.path) == place_.identity;
  for (auto* statement : {&insert_, &remove_, &begin_, &commit_, &rollback_}) statement->reset();
  // A closed journal is one file, and can be read where nothing can be written. In a shared directory SQLite would look
  // for the files of others when the mode has changed.
  if (!place_.shared) sqlite3_exec(database_.handle(), "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
  database_ = Database();
  if (place_.shared) ::unlink((place_.path + "-journal").c_str());
  if (unused) remove_files(place_.path);
}

void JournalFile::check_path() const {
  if (identity_of(place_.path) != place_.identity)
    throw SqliteError(SQLITE_IOERR, "the file has been removed or replaced");
}

void JournalFile::append(const Batch& batch) {
  const std::int64_t run = run_;
  begin_->run();
  try {
    write(batch);
    check_path();
    commit_->run();
  } catch (...) {
    run_ = run;
    insert_->reset();
    remove_->reset();
    if (sqlite3_get_autocommit(database_.handle()) == 0) rollback_->run();  // some errors roll back themselves
    throw;
  }
}

void JournalFile::write(const Batch& batch) {
  std::vector<std::uint64_t> obsolete = batch.obsolete;
  std::ranges::sort(obsolete);
  const auto id_of = [this](std::uint64_t number) {
    return (run_ << kSequenceBits) + static_cast<std::int64_t>(number);
  };
  // Events are numbered in the order of the batches. So the obsolete ones of earlier batches come first.
  auto next = obsolete.begin();
  for (; next != obsolete.end() && *next < batch.lines.front().number; ++next) remove_->bind(1, id_of(*next)).run();
  batch.for_each([&](std::uint64_t number, std::string_view line) {
    if (next != obsolete.end() && *next == number) {
      ++next;
      return;
    }
    const std::string_view kind = kind_of(line);
    if (run_ == 0) begin_run(line);
    insert_->bind(1, id_of(number)).bind(2, kind).bind(3, line).run();
    if (kind == "run_finished") end_run(line);
  });
}

void JournalFile::add_crash(const FileLock::Crash& crash) {
  Statement select(database_, "SELECT id, last_event FROM run WHERE state = 'running' ORDER BY id DESC LIMIT 1");
  if (!select.step()) return;
  const std::int64_t run = select.number(0), before = run << kSequenceBits;
  Statement last(database_, "SELECT max(id) FROM event WHERE id < ?1");
  last.bind(1, before + kSequenceMask).step();
  const std::int64_t id = std::max(last.number(0), before + select.number(1)) + 1;
  with_line({crash.time, event::ScriptCrashed{crash.script, crash.host, crash.signal}},
            [&](std::string_view line) { insert_->bind(1, id).bind(2, kind_of(line)).bind(3, line).run(); });
}

void JournalFile::begin_run(std::string_view line) {
  const Json started = Json::parse(line);
  Statement insert(database_,
                   "INSERT INTO run (uuid, started_us, version, arguments, directory, state) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, 'running')");
  const std::string version = started.at("version"), arguments = started.at("arguments").dump();
  std::error_code unknown;
  const std::string directory = std::filesystem::current_path(unknown).string();
  insert.bind(1, uuid_).bind(2, microseconds(started.at("time"))).bind(3, version).bind(4, arguments);
  insert.bind(5, directory).run();
  run_ = sqlite3_last_insert_rowid(database_.handle());
}

Result<JournalFile> JournalFile::resume(const JournalOptions& options, std::int64_t run) {
  const std::string& path = options.path;
  auto file = open(path, options.sync, false, "so its run is not resumed");
  if (!file) return file;
  try {
    file->resume_run(run, options.keep_states);
  } catch (const SqliteError& failure) {
    return in_words(path, failure);
  } catch (const std::runtime_error& failure) {
    return unreadable(path, failure.what());
  }
  return file;
}

void JournalFile::resume_run(std::int64_t run, std::chrono::milliseconds keep_states) {
  Statement select(database_, "SELECT state FROM run WHERE id = ?1");
  if (!select.bind(1, run).step()) throw std::runtime_error(fmt::format("has no run {}", run));
  if (select.text(0) == "ended") throw std::runtime_error(fmt::format("run {} has ended", run));
  Continuation continuation(std::chrono::system_clock::now() - keep_states);
  std::int64_t last = 0;
  read_lines(database_, run, continuation, [&](std::int64_t id) { continuation.set_row(last = id); });
  const Continuation::Changes changes = continuation.take_changes();
  begin_->run();
  try {
    Statement remove(database_, "DELETE FROM event WHERE id = ?1");
    for (const std::int64_t id : changes.removed) remove.bind(1, id).run();
    Statement replace(database_, "UPDATE event SET kind = ?2, line = ?3 WHERE id = ?1");
    for (const auto& [id, event] : changes.replaced)
      with_line(event,
                [&, id = id](std::string_view line) { replace.bind(1, id).bind(2, kind_of(line)).bind(3, line).run(); },
                {.verbosity = changes.verbosity, .debugging = changes.debugging});
    Statement update(
        database_, "UPDATE run SET state = 'running', ended_us = NULL, last_event = max(last_event, ?2) WHERE id = ?1");
    update.bind(1, run).bind(2, last & kSequenceMask).run();
    commit_->run();
  } catch (...) {
    if (sqlite3_get_autocommit(database_.handle()) == 0) rollback_->run();
    throw;
  }
  run_ = run;
}

StoredRun JournalFile::stored_run() {
  StoredRun stored;
  Statement select(database_, "SELECT arguments, directory FROM run WHERE id = ?1");
  if (!select.bind(1, run_).step()) return stored;
  try {
    stored.arguments = Json::parse(select.text(0)).get<std::vector<std::string>>();
  } catch (const Json::exception& failure) {
    throw SqliteError(SQLITE_CORRUPT, failure.what());
  }
  stored.directory = select.text(1);
  return stored;
}

EarlierRun JournalFile::read_earlier(Observer& observer, ObsoleteEvents& obsolete) {
  Continuation continuation;
  std::uint64_t number = 0;
  Receiver all([&](const Event& event) {
    continuation.on_event(event);
    observer.on_event(event);
    (void)obsolete.note(event, number);
  });
  read_lines(database_, run_, all, [&](std::int64_t id) { number = static_cast<std::uint64_t>(id & kSequenceMask); });
  EarlierRun earlier = continuation.take_run();
  Statement select(database_, "SELECT last_event FROM run WHERE id = ?1");
  if (select.bind(1, run_).step()) earlier.events = static_cast<std::uint64_t>(select.number(0));
  return earlier;
}

void JournalFile::end_run(std::string_view line) {
  const Json finished = Json::parse(line);
  Statement update(database_, "UPDATE run SET ended_us = ?1, state = ?2 WHERE id = ?3");
  const std::string_view state = finished.contains("error") ? "stopped" : "ended";
  update.bind(1, microseconds(finished.at("time"))).bind(2, state).bind(3, run_).run();
}

}  // namespace sluice::journal
