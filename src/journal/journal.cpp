// SPDX-License-Identifier: Apache-2.0
#include <sluice/journal.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/scoped_signal_mask.hpp"
#include "journal/commit_times.hpp"
#include "journal/errors.hpp"
#include "journal/journal_file.hpp"
#include "output/json_writer.hpp"

namespace sluice {

namespace {

using journal::Batch;
using journal::CommitTimes;
using journal::JournalFile;

/// Bytes of waiting events at which the queue is full, at which it has room again, and at which the journal is given
/// up.
constexpr std::size_t kFull = 8u << 20, kRoom = 4u << 20, kMost = 64u << 20;
/// Bytes of events that wait as events until the file is created. Most short runs then write no line.
constexpr std::size_t kMostEarly = 16u << 20;
constexpr const char* kOverflow = "more than 64 MiB waited for the disk";

TimePoint now() { return std::chrono::steady_clock::now(); }

/// Returns the memory of a report without the texts of its results, which other events contain.
std::size_t size_of(const HostReport& host) { return sizeof host + host.ports.size() * sizeof(PortReport); }

/// Returns about the bytes of memory that an event needs.
std::size_t size_of(const Event& event) {
  std::size_t bytes = sizeof event;
  if (const auto* log = std::get_if<event::Log>(&event.what)) bytes += log->text.size();
  if (const auto* targets = std::get_if<event::TargetsRead>(&event.what)) bytes += targets->text.size();
  if (const auto* host = std::get_if<event::HostFinished>(&event.what)) bytes += size_of(*host->report);
  if (const auto* host = std::get_if<event::HostWaits>(&event.what)) bytes += size_of(*host->report);
  if (const auto* script = std::get_if<event::ScriptFinished>(&event.what); script && script->result)
    bytes += 2 * script->result->output.size();  // the text and the structured value
  return bytes;
}

}  // namespace

/// The queue of a journal and the thread that commits it.
class [[gnu::visibility("hidden")]] Journal::Writer {
 public:
  /// `file`: absent if it is created later. `resumed`: receives what the file says about a run that goes on; null for a
  /// new run.
  Writer(std::optional<JournalFile> file, JournalOptions options, Resumed* resumed = nullptr)
      : options_(std::move(options)),
        lines_(
            {}, [this](std::string_view line) { add(line); }, output::JsonWriter::Content::Journal),
        begin_(now() + options_.begin_after),
        file_(std::move(file)),
        direct_(file_.has_value()) {
    if (resumed) resume(*resumed);
    if (file_) lock_ = file_->lock();
    // The thread blocks signals, so that they interrupt system calls of the other threads.
    const ScopedSignalMask inherited;
    thread_ = std::thread([this] { work(); });
  }
  ~Writer() { (void)close(); }

  void on_event(const Event& event) {
    {
      const std::lock_guard lock(mutex_);
      if (!direct_) return keep(event);
    }
    write(event);
  }

  Result<void> close() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      changed_.notify_one();
    }
    std::call_once(joined_, [this] { thread_.join(); });
    if (error_.empty()) return {};
    return Error{error_, ErrorCode::UnreadableFile};
  }

  void note_crash(const char* signal, const RunningScript& script) const noexcept {
    if (const int lock = lock_; lock >= 0 && script.id) journal::FileLock::note_crash(lock, signal, script);
  }

  std::int64_t run() const {
    const std::lock_guard lock(mutex_);
    return run_;
  }

  std::string path() const {
    const std::lock_guard lock(mutex_);
    return run_ == 0 ? "" : path_;
  }

 private:
  /// Keeps an event until the thread writes it. The lock must be held.
  void keep(const Event& event) {
    if (given_up_ || overflowed_) return;
    early_.push_back(event);
    early_bytes_ += size_of(event);
    overflowed_ = early_bytes_ + bytes() > kMost;
    if (early_bytes_ > kMostEarly) changed_.notify_one();
  }

  /// Adds the line of an event to the queue.
  void write(const Event& event) {
    ends_host_ = std::holds_alternative<event::HostFinished>(event.what) ||
                 std::holds_alternative<event::RunFinished>(event.what);
    ++number_;
    makes_obsolete_ = obsolete_.note(event, number_);
    lines_.on_event(event);
  }

  /// Adds a line to the queue. Called by write().
  void add(std::string_view line) {
    {
      const std::lock_guard lock(mutex_);
      if (given_up_ || overflowed_ || replaying_) return;
      if (gives_up_early() && bytes() + line.size() > kMost) {
        overflowed_ = true;
        waiting_.clear();
        return changed_.notify_one();
      }
      waiting_.add(number_, line, makes_obsolete_);
      const TimePoint before = times_.due();
      times_.note_event(now(), ends_host_);
      if (times_.due() != before) changed_.notify_one();
      if (failing_ || full_ || bytes() <= kFull) return;
      full_ = true;
    }
    report_full();
  }

  /// Brings `lines_` to the state after the stored events.
  void resume(Resumed & resumed) {
    replaying_ = true;
    resumed.stored = file_->stored_run();
    resumed.earlier = std::make_shared<const EarlierRun>(file_->read_earlier(lines_, obsolete_));
    replaying_ = false;
    number_ = resumed.earlier->events;
    run_ = file_->run();
  }

  [[nodiscard]] bool gives_up_early() const { return options_.retry_every.count() == 0; }
  [[nodiscard]] std::size_t bytes() const { return waiting_.text.size() + current_.text.size(); }

  /// The thread that commits.
  void work() {
    try {
      if (file_ || begin()) commit_all();
    } catch (const std::exception& failure) {  // memory is short
      const std::lock_guard lock(mutex_);
      error_now_ = failure.what();
      give_up();
    }
    report();
    lock_ = -1;
    file_.reset();  // here, because its destructor may write, too
  }

  /// Creates the file after begin_after. Returns false if there is none, because the journal was closed before or is
  /// given up.
  bool begin() {
    std::unique_lock lock(mutex_);
    while (!closing_ && !overflowed_ && now() < begin_) {
      changed_.wait_until(lock, begin_, [this] { return closing_ || overflowed_ || early_bytes_ > kMostEarly; });
      if (early_bytes_ > kMostEarly) write_early(lock);
    }
    if (!overflowed_ && now() < begin_) return false;
    error_now_ = kOverflow;
    if (!overflowed_) {
      lock.unlock();
      const std::string error = create();
      lock.lock();
      if (error.empty()) {
        while (!early_.empty()) write_early(lock);
        direct_ = true;
        return true;
      }
      error_now_ = error;
    }
    give_up();
    return false;
  }

  /// Writes the early events. REQUIRES: on_event() does not write.
  void write_early(std::unique_lock<std::mutex> & lock) {
    const auto events = std::exchange(early_, {});
    const std::size_t bytes = early_bytes_;
    lock.unlock();
    for (const Event& event : events) write(event);
    lock.lock();
    early_bytes_ -= bytes;
  }

  /// Returns why the file cannot be created; "" if it is.
  std::string create() {
    const std::string uuid = journal::random_uuid();
    auto path = options_.place(uuid);
    if (!path) return path.error().message;
    auto file = JournalFile::create(*path, options_.sync, uuid);
    if (!file) return file.error().message;
    file_.emplace(*std::move(file));
    lock_ = file_->lock();
    const std::lock_guard lock(mutex_);
    path_ = *path;
    return "";
  }

  void commit_all() {
    std::unique_lock lock(mutex_);
    while (!given_up_) {
      wait(lock);
      if (overflowed_) {
        error_now_ = kOverflow;
        give_up();
        break;
      }
      if (current_.empty() && waiting_.empty()) {
        if (closing_) break;
        continue;
      }
      take_waiting();
      const bool last_attempt = closing_;
      lock.unlock();
      const std::string error = commit();
      lock.lock();
      note(error);
      if (failing_ || bytes() < kRoom) full_ = false;
      if (failing_ && (last_attempt || gives_up_early() || bytes() > kMost)) give_up();
      lock.unlock();
      report();
      lock.lock();
    }
  }

  void wait(std::unique_lock<std::mutex> & lock) {
    const auto due = [this] { return failing_ ? retry_ : times_.due(); };
    while (!closing_ && !overflowed_ && due() > now() && (!failing_ || bytes() <= kMost)) {
      const TimePoint until = due();
      if (until == kNever)
        changed_.wait(lock);
      else
        changed_.wait_until(lock, until);
    }
  }

  /// Moves the waiting lines behind those of a failed commit.
  void take_waiting() {
    times_.note_commit(now());
    if (current_.empty()) return std::swap(current_, waiting_);
    const std::size_t before = current_.text.size();
    current_.text += waiting_.text;
    for (const Batch::Line& line : waiting_.lines) current_.lines.push_back({line.number, before + line.end});
    current_.obsolete.insert(current_.obsolete.end(), waiting_.obsolete.begin(), waiting_.obsolete.end());
    waiting_.clear();
  }

  /// Returns why the commit has failed; "" if it has not.
  std::string commit() {
    try {
      file_->append(current_);
      return "";
    } catch (const std::exception& failure) {
      return failure.what();
    }
  }

  void note(const std::string& error) {
    if (error.empty()) {
      current_.clear();
      run_ = file_->run();
      if (std::exchange(failing_, false)) trouble_ = path_ + ": is written again, and lacks nothing";
    } else {
      if (!std::exchange(failing_, true))
        trouble_ = path_ + ": cannot be written: " + error + "; the run goes on, and the journal tries again";
      error_now_ = error;
      retry_ = now() + options_.retry_every;
    }
  }

  void give_up() {
    given_up_ = true;
    error_ = file_ ? path_ + ": is not complete: " + error_now_ : error_now_;
    trouble_ = error_ + (run_ > 0 ? "; it contains the run up to its last commit" : "");
    current_.clear();
    waiting_.clear();
    early_.clear();
  }

  /// Calls on_full if its last call has another value. The lock must not be held.
  void report_full() {
    const std::lock_guard lock(reports_);
    bool full = false;
    {
      const std::lock_guard state(mutex_);
      full = full_ && !given_up_;
    }
    if (std::exchange(reported_full_, full) != full && options_.on_full) options_.on_full(full);
  }

  /// Calls the functions of the options. The lock must not be held.
  void report() {
    report_full();
    if (const std::string trouble = std::exchange(trouble_, ""); !trouble.empty() && options_.on_trouble)
      options_.on_trouble(trouble);
    if (const std::string path = this->path(); !path.empty() && !std::exchange(begun_, true) && options_.on_begin)
      options_.on_begin(path);
  }

  const JournalOptions options_;
  output::JsonWriter lines_;
  journal::ObsoleteEvents obsolete_;
  // Of the event that write() writes.
  std::uint64_t number_ = 0;  ///< number in the run
  bool ends_host_ = false;
  std::vector<std::uint64_t> makes_obsolete_;  ///< numbers of events
  const TimePoint begin_;                      ///< when the file is created, if it is not yet

  // Of the thread.
  std::optional<JournalFile> file_;
  std::string trouble_;         ///< line for on_trouble; "" if there is none
  bool begun_ = false;          ///< on_begin was called
  std::atomic<int> lock_ = -1;  ///< descriptor of the lock of the file

  std::mutex reports_;          // orders the calls of on_full
  bool reported_full_ = false;  ///< value of the last one

  mutable std::mutex mutex_;  // of the following
  std::condition_variable changed_;
  bool direct_;                  ///< on_event() writes lines; otherwise only the thread does
  std::vector<Event> early_;     ///< events that are not written yet
  std::size_t early_bytes_ = 0;  ///< of these, and of those that are being written
  Batch waiting_;
  Batch current_;  ///< what is being committed; only the thread changes it
  CommitTimes times_;
  bool closing_ = false, replaying_ = false, full_ = false, failing_ = false, given_up_ = false;
  bool overflowed_ = false;  ///< more than kMost waited, and the journal is to be given up
  TimePoint retry_ = kNever;
  std::string error_now_;  ///< why the last commit has failed
  std::string error_;      ///< why events are missing; "" if none are
  std::int64_t run_ = 0;
  std::string path_ = options_.path;

  std::thread thread_;
  std::once_flag joined_;
};

Result<std::unique_ptr<Journal>> Journal::open(JournalOptions options) {
  std::optional<JournalFile> file;
  if (!options.place) {
    auto opened = JournalFile::open(options.path, options.sync);
    if (!opened) return opened.error();
    file.emplace(*std::move(opened));
  }
  try {
    return std::unique_ptr<Journal>(new Journal(std::make_unique<Writer>(std::move(file), std::move(options))));
  } catch (const std::system_error& failure) {
    return Error{std::string("cannot start the thread of the journal: ") + failure.what(), ErrorCode::ResourceShortage};
  }
}

Result<Journal::Resumed> Journal::resume(JournalOptions options, std::int64_t run) {
  auto file = JournalFile::resume(options, run);
  if (!file) return file.error();
  const std::string path = options.path;
  try {
    Resumed resumed;
    auto writer = std::make_unique<Writer>(*std::move(file), std::move(options), &resumed);
    resumed.journal.reset(new Journal(std::move(writer)));
    return resumed;
  } catch (const std::system_error& failure) {
    return Error{std::string("cannot start the thread of the journal: ") + failure.what(), ErrorCode::ResourceShortage};
  } catch (const journal::SqliteError& failure) {
    return journal::in_words(path, failure);
  }
}

Journal::Journal(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}
Journal::~Journal() = default;
void Journal::on_event(const Event& event) { writer_->on_event(event); }
Result<void> Journal::close() { return writer_->close(); }
void Journal::note_crash(const char* signal, const RunningScript& script) noexcept {
  writer_->note_crash(signal, script);
}
std::int64_t Journal::run() const { return writer_->run(); }
std::string Journal::path() const { return writer_->path(); }

}  // namespace sluice
