// SPDX-License-Identifier: Apache-2.0
#include "journal/place.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/side_files.hpp"
#include "base/trusted_file.hpp"
#include "journal/errors.hpp"

namespace sluice::journal {

std::pair<dev_t, ino_t> identity_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? std::pair(status.st_dev, status.st_ino) : std::pair<dev_t, ino_t>();
}

bool is_remote(const std::string& path) {
  constexpr std::array<unsigned long, 5> kRemote{NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC,
                                                 V9FS_MAGIC};
  struct statfs status {};
  if (::statfs(path.c_str(), &status) != 0) return false;
  return std::ranges::any_of(kRemote,
                             [&](unsigned long magic) { return static_cast<unsigned long>(status.f_type) == magic; });
}

Result<Place> find_place(const std::string& path, bool exclusive, std::string_view refusal) {
  Place found;
  int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  found.created = descriptor >= 0;
  if (!found.created && (errno != EEXIST || exclusive)) return cannot_write(path, errno);
  std::error_code failure;
  if (!found.created) {
    if (auto checked = check_link(path, refusal); !checked) return checked.error();
    const auto target = std::filesystem::read_symlink(path, failure);
    if (!failure && !std::filesystem::exists(path, failure) && !failure)
      return find_place(std::filesystem::path(path).parent_path() / target, exclusive, refusal);
  }
  found.path = std::filesystem::canonical(path, failure).string();
  if (failure) {
    if (found.created) ::close(descriptor);
    return unreadable(path, failure.message());
  }
  if (!found.created) descriptor = ::open(found.path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return cannot_write(path, errno);
  struct stat status {};
  const bool regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  found.identity = {status.st_dev, status.st_ino};
  found.empty = regular && status.st_size == 0;
  const bool foreign = status.st_uid != ::geteuid();
  const bool closed_to_others = !found.empty || foreign || ::fchmod(descriptor, 0600) == 0;
  const int error = errno;
  ::close(descriptor);
  if (!regular) return unreadable(path, "is no regular file; name a file for the journal");
  if (!closed_to_others) return cannot_write(path, error);
  found.shared = can_others_add(found.path);
  if (found.empty && !foreign) return found;
  if (auto trusted = check_trusted(path, refusal); !trusted) return trusted.error();
  return found;
}

Result<void> hold_side_files(const Place& place) {
  if (is_remote(place.path))
    return unreadable(
        place.path,
        "other users can create files in its directory, which is on a network file system; name a file in "
        "a directory of your own");
  for (const std::string_view end : kSqliteFileEnds) {
    const std::string path = place.path + std::string(end);
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (descriptor < 0) return cannot_write(path, errno);
    struct stat status {};
    const bool own = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid() &&
                     status.st_nlink == 1 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    const bool ready = own && (!place.empty || ::ftruncate(descriptor, 0) == 0);
    const int error = errno;
    ::close(descriptor);
    if (!own) return unreadable(path, "is not a file of this user alone; remove it");
    if (!ready) return cannot_write(path, error);
    if (end == "-journal" && !place.empty && status.st_size > 0)
      return unreadable(path,
                        "has a transaction that was not finished, and other users can create files in the "
                        "directory; move both files to a directory of your own");
  }
  return {};
}

void remove_files(const std::string& path) {
  for (const char* end : {"", "-wal", "-shm", "-journal"}) {
    const std::string file = path + end;
    struct stat status {};
    if (::lstat(file.c_str(), &status) == 0 && status.st_uid == ::geteuid()) ::unlink(file.c_str());
  }
}

}  // namespace sluice::journal
