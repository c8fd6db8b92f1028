// SPDX-License-Identifier: Apache-2.0
#include "journal/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <sstream>
#include <system_error>
#include <utility>

#include "journal/errors.hpp"

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

bool belongs_to_user(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && (status.st_uid == ::geteuid() || status.st_uid == 0);
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

/// The file has the number of the process, and perhaps a second line about a crash: the name of the signal, the address
/// of the host in hexadecimal digits and its scope, or "-", and the script.
constexpr std::size_t kMostBytes = 1024;

std::string contents(int descriptor) {
  char bytes[kMostBytes];
  const ssize_t size = ::pread(descriptor, bytes, sizeof bytes, 0);
  return std::string(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
}

/// Returns the number of the process that holds the lock, as it has written it; "" if there is none yet.
std::string holder(int descriptor) {
  const std::string text = contents(descriptor);
  return text.substr(0, text.find('\n'));
}

/// Returns the address that append_host() has written.
std::optional<Address> read_host(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot % 2 != 0) return std::nullopt;
  std::string bytes;
  const auto number = [&](std::size_t at, std::size_t size, int base, auto& value) {
    const char* const end = text.data() + at + size;
    const auto read = std::from_chars(text.data() + at, end, value, base);
    return read.ec == std::errc{} && read.ptr == end;
  };
  for (std::size_t at = 0; at < dot; at += 2) {
    unsigned char byte = 0;
    if (!number(at, 2, 16, byte)) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  std::uint32_t scope = 0;
  if (!number(dot + 1, text.size() - dot - 1, 10, scope)) return std::nullopt;
  const auto address = Address::from_bytes(bytes);
  return address && !address->is_v4() && scope != 0 ? Address::v6(address->raw(), scope) : address;
}

std::optional<FileLock::Crash> read_crash(int descriptor) {
  std::istringstream text(contents(descriptor));
  std::string process, host, end;
  FileLock::Crash crash;
  if (!std::getline(text, process) || !(text >> crash.signal >> host) || text.get() != ' ' ||
      !std::getline(text, crash.script) || text.eof() || crash.script.empty())
    return std::nullopt;
  if (host != "-" && !(crash.host = read_host(host))) return std::nullopt;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || status.st_uid != ::geteuid()) return std::nullopt;
  crash.time = std::chrono::system_clock::from_time_t(status.st_mtime);
  return crash;
}

/// A text of limited size, without an allocation.
class Line {
 public:
  void add(char character) noexcept {
    if (size_ < sizeof text_) text_[size_++] = character;
  }
  void add(const char* text) noexcept {
    while (*text != '\0') add(*text++);
  }
  void add_hex(std::uint8_t byte) noexcept {
    constexpr const char* kDigits = "0123456789abcdef";
    add(kDigits[byte >> 4]);
    add(kDigits[byte & 15]);
  }
  void add(std::uint32_t number) noexcept {
    if (number >= 10) add(number / 10);
    add(static_cast<char>('0' + number % 10));
  }
  void append_to(int descriptor) const noexcept {
    ::lseek(descriptor, 0, SEEK_END);
    [[maybe_unused]] const ssize_t written = ::write(descriptor, text_, size_);
  }

 private:
  char text_[kMostBytes - 32];
  std::size_t size_ = 0;
};

}  // namespace

Result<FileLock> FileLock::acquire(const std::string& path) {
  const std::string name = path + "-lock";
  for (;;) {
    const int descriptor = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return cannot_write(name, errno);
    FileLock acquired(descriptor, name);
    if (!belongs_to_user(descriptor)) {
      acquired.path_.clear();
      return Error{fmt::format("{}: belongs to another user; remove it", name), ErrorCode::UnreadableFile};
    }
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
    acquired.crash_ = read_crash(descriptor);
    const std::string process = std::to_string(::getpid());
    if (::ftruncate(descriptor, 0) != 0 ||
        ::pwrite(descriptor, process.data(), process.size(), 0) != static_cast<ssize_t>(process.size()))
      return cannot_write(name, errno);
    return acquired;
  }
}

void FileLock::note_crash(int descriptor, const char* signal, const RunningScript& script) noexcept {
  Line line;
  line.add('\n');
  line.add(signal);
  line.add(' ');
  if (script.host) {
    const std::size_t size = script.host->is_v4() ? 4 : 16;
    for (std::size_t at = 0; at < size; ++at) line.add_hex(script.host->raw()[at]);
    line.add('.');
    line.add(script.host->scope());
  } else {
    line.add('-');
  }
  line.add(' ');
  line.add(script.id);
  line.add('\n');
  line.append_to(descriptor);
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
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      crash_(std::move(other.crash_)) {
  other.path_.clear();
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  if (!path_.empty()) ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace sluice::journal
