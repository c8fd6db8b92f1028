#include "cli/report_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <sluice/quote.hpp>
#include <system_error>

namespace sluice::cli {

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
      error_(other.error_),
      damaged_(other.damaged_),
      end_(other.end_) {}

ReportFile::~ReportFile() {
  if (made_) ::unlink(name_.c_str());
  close();
}

void ReportFile::begin() {
  made_ = false;
  if (!append_ && identity() && ::ftruncate(descriptor_, 0) != 0) error_ = errno;
  if (!append_) note_end();
}

std::string ReportFile::failure() const {
  return damaged_ ? "something else has changed this file" : std::generic_category().message(error_);
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
  const std::size_t all = bytes.size();
  check();
  while (!bytes.empty() && !failed() && descriptor_ >= 0) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd room{descriptor_, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      error_ = errno;
      take_back(all - bytes.size());
    }
  }
  note_end();
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

std::optional<std::pair<dev_t, ino_t>> ReportFile::identity() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return std::pair(status.st_dev, status.st_ino);
}

}  // namespace sluice::cli
