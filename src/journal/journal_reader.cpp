// SPDX-License-Identifier: Apache-2.0
#include <sluice/journal.hpp>

#include <array>
#include <nlohmann/json.hpp>
#include <sluice/event_reader.hpp>
#include <utility>

#include "journal/errors.hpp"
#include "journal/open_journal.hpp"
#include "journal/schema.hpp"

namespace sluice {

namespace {

using journal::Database;
using journal::SqliteError;
using journal::Statement;

constexpr std::array<std::string_view, 3> kStates{"running", "ended", "stopped"};

WallTime wall_time(std::int64_t microseconds) { return WallTime(Microseconds(microseconds)); }

}  // namespace

std::string_view to_text(JournalRun::State state) { return kStates[static_cast<std::size_t>(state)]; }

class [[gnu::visibility("hidden")]] JournalReader::File {
 public:
  File(std::string path, Database database) : path_(std::move(path)), database_(std::move(database)) {}

  std::vector<JournalRun> runs() {
    std::vector<JournalRun> runs;
    Statement select(
        database_, "SELECT id, uuid, started_us, ended_us, version, arguments, state, directory FROM run ORDER BY id");
    while (select.step()) {
      JournalRun& run = runs.emplace_back();
      run.number = select.number(0);
      run.uuid = select.text(1);
      run.started = wall_time(select.number(2));
      if (!select.is_null(3)) run.ended = wall_time(select.number(3));
      run.version = select.text(4);
      run.arguments = nlohmann::json::parse(select.text(5)).get<std::vector<std::string>>();
      run.directory = select.text(7);
      const auto state = std::ranges::find(kStates, select.text(6));
      if (state != kStates.end()) run.state = static_cast<JournalRun::State>(state - kStates.begin());
      count(run);
    }
    return runs;
  }

  Result<void> read(std::int64_t run, Observer & observer) {
    Statement exists(database_, "SELECT 1 FROM run WHERE id = ?1");
    if (!exists.bind(1, run).step()) return Error{path_ + ": has no run " + std::to_string(run)};
    EventReader reader(observer);
    Statement lines(database_, "SELECT line FROM event WHERE id > ?1 AND id < ?2 ORDER BY id");
    lines.bind(1, run << journal::kSequenceBits).bind(2, (run + 1) << journal::kSequenceBits);
    while (lines.step())
      if (const Result<void> read = reader.read(lines.text(0)); !read)
        return journal::damaged(path_, read.error().message);
    return {};
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  void count(JournalRun & run) {
    Statement counts(database_,
                     "SELECT count(*) FILTER (WHERE kind = 'host' AND line ->> 'interrupted' IS NULL), count(*) FILTER "
                     "(WHERE kind = 'script' AND "
                     "line ->> 'output' IS NOT NULL) FROM event WHERE id > ?1 AND id < ?2");
    counts.bind(1, run.number << journal::kSequenceBits).bind(2, (run.number + 1) << journal::kSequenceBits);
    if (!counts.step()) return;
    run.hosts = static_cast<std::size_t>(counts.number(0));
    run.results = static_cast<std::size_t>(counts.number(1));
  }

  const std::string path_;
  Database database_;
};

Result<std::unique_ptr<JournalReader>> JournalReader::open(const std::string& path) {
  auto database = journal::open_to_read(path);
  if (!database) return database.error();
  return std::unique_ptr<JournalReader>(new JournalReader(std::make_unique<File>(path, *std::move(database))));
}

JournalReader::JournalReader(std::unique_ptr<File> file) : file_(std::move(file)) {}
JournalReader::~JournalReader() = default;

Result<std::vector<JournalRun>> JournalReader::runs() {
  try {
    return file_->runs();
  } catch (const SqliteError& failure) {
    return journal::in_words(file_->path(), failure);
  } catch (const nlohmann::json::exception& failure) {
    return journal::damaged(file_->path(), failure.what());
  }
}

Result<void> JournalReader::read(std::int64_t run, Observer& observer) {
  try {
    return file_->read(run, observer);
  } catch (const SqliteError& failure) {
    return journal::in_words(file_->path(), failure);
  }
}

}  // namespace sluice
