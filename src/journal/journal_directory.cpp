// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <memory>
#include <sluice/journal_directory.hpp>
#include <system_error>

#include "base/clock.hpp"
#include "base/side_files.hpp"
#include "journal/errors.hpp"
#include "journal/file_lock.hpp"
#include "journal/open_journal.hpp"

namespace sluice {

namespace {

using journal::FileLock;

constexpr std::string_view kNamePattern = "00000000-000000-xxxxxxxx.db";  // 0: digit, x: hexadecimal digit

Error unusable(const std::string& path, int error) {
  return {path + ": " + std::generic_category().message(error), ErrorCode::UnreadableFile};
}

bool is_journal_name(std::string_view name) {
  return std::ranges::equal(name, kNamePattern, [](char character, char wanted) {
    const bool digit = character >= '0' && character <= '9';
    if (wanted == '0') return digit;
    if (wanted == 'x') return digit || (character >= 'a' && character <= 'f');
    return character == wanted;
  });
}

/// A file of a directory that has the name of a journal.
struct NamedFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::time_t changed = 0;
};

/// Returns the files of a directory with names of journals, by name, the last one first.
Result<std::vector<NamedFile>> named_files(const std::string& directory) {
  std::vector<NamedFile> files;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(directory.c_str()), &::closedir);
  if (!entries && errno == ENOENT) return files;
  if (!entries) return unusable(directory, errno);
  while (const dirent* entry = ::readdir(entries.get())) {
    if (!is_journal_name(entry->d_name)) continue;
    NamedFile file{directory + "/" + entry->d_name};
    struct stat status {};
    if (::lstat(file.path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    file.bytes = static_cast<std::uint64_t>(status.st_size);
    file.changed = status.st_mtime;
    if (::lstat((file.path + "-wal").c_str(), &status) == 0) {
      file.bytes += static_cast<std::uint64_t>(status.st_size);
      file.changed = std::max(file.changed, status.st_mtime);
    }
    files.push_back(std::move(file));
  }
  std::ranges::sort(files, std::greater(), &NamedFile::path);
  return files;
}

JournalRun::State state_of(std::string_view text) {
  using enum JournalRun::State;
  for (const auto state : {Ended, Stopped})
    if (to_text(state) == text) return state;
  return Running;
}

Result<std::vector<StoredJournal::Run>> runs_of(const std::string& path) {
  auto database = journal::open_to_read(path);
  if (!database) return database.error();
  try {
    std::vector<StoredJournal::Run> runs;
    journal::Statement select(*database, "SELECT id, started_us, state FROM run ORDER BY id");
    while (select.step())
      runs.push_back({select.number(0), WallTime(Microseconds(select.number(1))), state_of(select.text(2))});
    return runs;
  } catch (const journal::SqliteError& failure) {
    return journal::in_words(path, failure);
  }
}

bool is_finished(const std::string& path) {
  const auto runs = runs_of(path);
  return !runs || runs->empty() || runs->back().state == JournalRun::State::Ended;
}

/// Removes a journal unless a process writes to it. Returns why it is still there; "" if it is removed.
std::string remove_journal(const std::string& path) {
  const auto lock = FileLock::acquire(path);
  if (!lock) return lock.error().message;
  for (const char* end : {"-wal", "-shm", ""})
    if (::unlink((path + end).c_str()) != 0 && errno != ENOENT) return unusable(path + end, errno).message;
  return "";
}

}  // namespace

std::string journal_file_name(WallTime started, std::string_view uuid) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(started);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}-{}.db", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, uuid.substr(0, 8));
}

Result<std::vector<StoredJournal>> list_journals(const std::string& directory) {
  const auto files = named_files(directory);
  if (!files) return files.error();
  std::vector<StoredJournal> journals;
  for (const NamedFile& file : *files) {
    StoredJournal& stored = journals.emplace_back();
    stored.path = file.path;
    stored.bytes = file.bytes;
    stored.in_use = FileLock::is_held(file.path);
    auto runs = runs_of(file.path);
    if (runs)
      stored.runs = *std::move(runs);
    else if (!stored.in_use)  // otherwise its tables are being created
      stored.error = runs.error().message;
  }
  return journals;
}

Result<std::vector<PrunedJournal>> prune_journals(const std::string& directory, const JournalLimits& limits) {
  const auto files = named_files(directory);
  if (!files) return files.error();
  const std::time_t oldest = std::time(nullptr) - std::chrono::seconds(limits.unfinished).count();
  std::vector<PrunedJournal> pruned;
  std::uint64_t total = 0;
  const auto remove = [&](const NamedFile& file) {
    const std::string error = remove_journal(file.path);
    if (error.empty()) total -= file.bytes;
    pruned.push_back({file.path, file.bytes, error});
  };
  std::vector<const NamedFile*> kept;
  std::size_t index = 0;
  for (const NamedFile& file : *files) {
    total += file.bytes;
    const bool in_use = FileLock::is_held(file.path);
    if (index++ >= limits.count && !in_use && (file.changed < oldest || is_finished(file.path)))
      remove(file);
    else if (!in_use)
      kept.push_back(&file);
  }
  for (; total > limits.bytes && !kept.empty(); kept.pop_back()) remove(*kept.back());
  return pruned;
}

bool is_journal_in_use(const std::string& path) {
  std::error_code failure;
  const auto real = std::filesystem::canonical(path, failure);
  return !failure && FileLock::is_held(real.string());
}

Result<void> pack_journal(const std::string& from, const std::string& to) {
  // The copy belongs to this user, so all files that SQLite reads must be of this user, too.
  if (auto checked = check_side_files(real_path(from), "so it is not packed"); !checked) return checked.error();
  auto database = journal::open_to_read(from);
  if (!database) return database.error();
  if (const std::string beside = database_beside(to); !beside.empty())
    return Error{fmt::format("{}: belongs to the database {}; name another file", to, beside),
                 ErrorCode::UnreadableFile};
  const int descriptor = ::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return unusable(to, errno);
  std::string error;
  bool readable = true;
  try {
    journal::Statement(*database, "VACUUM INTO ?1").bind(1, to).run();
    if (::fsync(descriptor) != 0) error = std::generic_category().message(errno);
  } catch (const journal::SqliteError& failure) {
    error = failure.what();
    readable = failure.code() != SQLITE_CORRUPT;
  }
  ::close(descriptor);
  if (error.empty()) return {};
  ::unlink(to.c_str());
  if (!readable) return journal::damaged(from, error);
  return Error{to + ": " + error, ErrorCode::UnreadableFile};
}

}  // namespace sluice
