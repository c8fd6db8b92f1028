// SPDX-License-Identifier: Apache-2.0
#include "journal/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace sluice::journal {

namespace {

std::string cause(int error) { return std::generic_category().message(error); }

/// True if the path still names the file of the descriptor.
bool is_file_of(int descriptor, const std::string& path) {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

struct flock whole_file() {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return whole;
}

bool lock(int descriptor) {
  const struct flock whole = whole_file();
  return ::fcntl(descriptor, F_OFD_SETLK, &whole) == 0;
}

/// Returns the number of the process that holds the lock, as it has written it; "" if there is none yet.
std::string holder(int descriptor) {
  char digits[32];
  const ssize_t size = ::pread(descriptor, digits, sizeof digits, 0);
  return std::string(digits, size > 0 ? static_cast<std::size_t>(size) : 0);
}

}  // namespace

Result<FileLock> FileLock::acquire(const std::string& path) {
  const std::string name = path + "-lock";
  for (;;) {
    const int descriptor = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return Error{fmt::format("{}: {}", name, cause(errno)), ErrorCode::UnreadableFile};
    FileLock acquired(descriptor, name);
    if (!lock(descriptor)) {
      const int error = errno;
      const std::string process = holder(descriptor);
      acquired.path_.clear();  // the file is that of the holder
      if (error != EAGAIN && error != EACCES) return Error{fmt::format("{}: {}", name, cause(error))};
      return Error{fmt::format("{}: in use by {}; wait for its end, or name another journal", path,
                               process.empty() ? "another process" : "process " + process),
                   ErrorCode::UnreadableFile};
    }
    if (!is_file_of(descriptor, name)) {  // the holder before has removed it
      acquired.path_.clear();
      continue;
    }
    const std::string process = std::to_string(::getpid());
    if (::ftruncate(descriptor, 0) != 0 ||
        ::pwrite(descriptor, process.data(), process.size(), 0) != static_cast<ssize_t>(process.size()))
      return Error{fmt::format("{}: {}", name, cause(errno)), ErrorCode::UnreadableFile};
    return acquired;
  }
}

bool FileLock::is_held(const std::string& path) {
  const int descriptor = ::open((path + "-lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return false;
  struct flock whole = whole_file();
  const bool held = ::fcntl(descriptor, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
  ::close(descriptor);
  return held;
}

FileLock::FileLock(FileLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {
  other.path_.clear();
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  if (!path_.empty()) ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace sluice::journal
