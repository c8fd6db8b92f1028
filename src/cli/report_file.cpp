// SPDX-License-Identifier: Apache-2.0
#include "cli/report_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <sluice/quote.hpp>
#include <system_error>

namespace sluice::cli {

namespace {

using Clock = std::chrono::steady_clock;

/// Bytes. A terminal counts as writable even if there is room for a few bytes only, and it may expand a byte to two.
constexpr std::size_t kTerminalPiece = 128;
/// Interval in which a waiting write checks the limits.
constexpr int kLookMilliseconds = 100;

// Set by limit_waits(), in ticks of the clock: the time of the call, `stall`, and the end of `total`.
constexpr Clock::rep kNever = Clock::time_point::max().time_since_epoch().count();
std::atomic<Clock::rep> limited_at{0}, longest_stall{kNever}, latest{kNever};

/// True if a write may still wait. `progress`: when the reader read last.
bool may_wait(Clock::time_point progress, Clock::time_point now) {
  if (latest == kNever) return true;
  const Clock::rep since = std::max(progress.time_since_epoch().count(), limited_at.load());
  const Clock::rep at = now.time_since_epoch().count();
  return at < latest && at - since < longest_stall;
}

/// Returns the limit of one write() to the descriptor, in bytes; 0 for a regular file.
std::size_t piece_for(int descriptor) {
  struct stat status {};
  if (descriptor < 0 || (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))) return 0;
  return ::isatty(descriptor) != 0 ? kTerminalPiece : PIPE_BUF;
}

}  // namespace

ReportFile::ReportFile(int descriptor, bool owned, std::string name)
    : descriptor_(descriptor), owned_(owned), name_(std::move(name)), piece_(piece_for(descriptor)) {}

void ReportFile::limit_waits(std::chrono::milliseconds stall, std::chrono::milliseconds total) noexcept {
  const Clock::time_point now = Clock::now();
  limited_at = now.time_since_epoch().count();
  longest_stall = std::chrono::duration_cast<Clock::duration>(stall).count();
  latest = (now + total).time_since_epoch().count();
}

void ReportFile::wait_without_limit() noexcept { latest = kNever; }

Result<ReportFile> ReportFile::open(const std::string& path, bool append) {
  const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | (append ? O_APPEND : 0);
  constexpr mode_t kMode = 0666;  // less the umask
  int descriptor = ::open(path.c_str(), flags | O_CREAT | O_EXCL, kMode);
  const bool made = descriptor >= 0;
  if (!made && errno == EEXIST) descriptor = ::open(path.c_str(), flags | O_CREAT, kMode);
  if (descriptor < 0)
    return Error{
        fmt::format("cannot write the report to {}: {}", shortened(path), std::generic_category().message(errno))};
  ReportFile file(descriptor, true, path);
  file.append_ = append;
  file.made_ = made;
  file.named_ = true;
  return file;
}

ReportFile ReportFile::on(int descriptor, bool owned, std::string name) {
  ReportFile file(descriptor, owned, std::move(name));
  file.append_ = true;
  return file;
}

ReportFile::ReportFile(ReportFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      owned_(other.owned_),
      name_(std::move(other.name_)),
      append_(other.append_),
      made_(std::exchange(other.made_, false)),
      named_(other.named_),
      piece_(other.piece_),
      error_(other.error_),
      resumed_(std::move(other.resumed_)),
      two_reports_(other.two_reports_),
      damaged_(other.damaged_),
      unread_(other.unread_),
      end_(other.end_) {}

ReportFile::~ReportFile() {
  if (made_) ::unlink(name_.c_str());
  close();
}

void ReportFile::open() {
  made_ = false;
  if (!append_ && identity() && ::ftruncate(descriptor_, 0) != 0) error_ = errno;
  if (!append_) note_end();
}

void ReportFile::resume(Format format) noexcept try {
  made_ = false;
  if (named_ && identity()) resumed_ = std::make_unique<ResumedPart>(name_, format, append_);
} catch (const std::bad_alloc&) {
  error_ = ENOMEM;
}

std::string_view ReportFile::skip_known(std::string_view bytes) noexcept try {
  bytes = resumed_->skip(bytes);
  if (!bytes.empty()) end_resumed_part();
  return bytes;
} catch (const std::bad_alloc&) {
  error_ = ENOMEM;
  return {};
}

void ReportFile::end_resumed_part() noexcept try {
  const auto part = std::move(resumed_);
  if (!part || failed()) return;
  const auto range = part->skipped();
  const auto rest = part->rest();
  if (rest == ResumedPart::Rest::OfRun &&
      (::ftruncate(descriptor_, range->end) != 0 || ::lseek(descriptor_, range->end, SEEK_SET) < 0))
    error_ = errno;
  note_end();
  if (rest == ResumedPart::Rest::OfOthers) append_copy(*part, *range);
} catch (const std::bad_alloc&) {
  error_ = ENOMEM;
}

void ReportFile::append_copy(const ResumedPart& part, ResumedPart::Range range) {
  constexpr off_t kCopied = 1 << 16;
  two_reports_ = true;
  while (range.begin < range.end && !failed()) {
    const std::string piece =
        part.read(range.begin, static_cast<std::size_t>(std::min(kCopied, range.end - range.begin)));
    if (piece.empty()) error_ = EIO;
    write(piece);
    range.begin += static_cast<off_t>(piece.size());
  }
}

std::string ReportFile::failure() const {
  if (unread_) return "its reader did not read within the time limit";
  return damaged_ ? "another program has changed the file" : std::generic_category().message(error_);
}

void ReportFile::check() noexcept {
  struct stat status {};
  if (!end_ || failed() || ::fstat(descriptor_, &status) != 0) return;
  damaged_ = append_ ? status.st_size < *end_ : status.st_size != *end_ || ::lseek(descriptor_, 0, SEEK_CUR) != *end_;
}

void ReportFile::note_end() noexcept {
  end_.reset();
  if (!failed() && identity()) end_ = ::lseek(descriptor_, 0, SEEK_CUR);
}

void ReportFile::write(std::string_view bytes) noexcept {
  if (resumed_) bytes = skip_known(bytes);
  if (resumed_) return;
  const std::size_t all = bytes.size();
  check();
  Clock::time_point progress = Clock::now();
  while (!bytes.empty() && !failed() && descriptor_ >= 0) {
    if (piece_ != 0 && !wait_for_reader(progress)) {
      error_ = ETIMEDOUT;
      unread_ = true;
      break;
    }
    const std::string_view piece = piece_of(bytes);
    const ssize_t written = ::write(descriptor_, piece.data(), piece.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      if (!bytes.empty()) progress = Clock::now();
    } else if (errno != EINTR && errno != EAGAIN) {
      error_ = errno;
      take_back(all - bytes.size());
    }
  }
  note_end();
}

std::string_view ReportFile::piece_of(std::string_view bytes) const noexcept {
  if (piece_ == 0 || bytes.size() <= piece_) return bytes;
  const std::string_view piece = bytes.substr(0, piece_);
  const std::size_t line = piece.rfind('\n');  // so that output of other processes appears between lines
  return line == std::string_view::npos ? piece : piece.substr(0, line + 1);
}

bool ReportFile::wait_for_reader(Clock::time_point progress) const noexcept {
  pollfd room{descriptor_, POLLOUT, 0};
  if (::poll(&room, 1, 0) > 0) return true;
  while (may_wait(progress, Clock::now()))
    if (::poll(&room, 1, kLookMilliseconds) > 0) return true;
  return false;
}

void ReportFile::take_back(std::size_t bytes) const noexcept {
  struct stat status {};
  const off_t end = ::lseek(descriptor_, 0, SEEK_CUR);
  const bool is_last = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == end;
  if (bytes == 0 || !is_last) return;
  [[maybe_unused]] const int cut = ::ftruncate(descriptor_, end - static_cast<off_t>(bytes));
}

void ReportFile::close() noexcept {
  if (descriptor_ >= 0) check();
  const int descriptor = std::exchange(descriptor_, -1);
  if (descriptor < 0 || !owned_) return;
  if (::close(descriptor) != 0 && error_ == 0 && errno != EINTR) error_ = errno;
}

bool ReportFile::is_terminal() const noexcept { return piece_ == kTerminalPiece; }

std::optional<std::pair<dev_t, ino_t>> ReportFile::identity() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return std::pair(status.st_dev, status.st_ino);
}

}  // namespace sluice::cli
