// SPDX-License-Identifier: Apache-2.0
#include "base/trusted_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/text_file.hpp"

namespace sluice {

namespace {

/// True if the file is missing as far as the user can tell.
bool is_missing(const std::string& path, int error) {
  struct stat status {};
  return error == ENOENT || error == ENOTDIR || (error == EACCES && ::stat(path.c_str(), &status) != 0);
}

}  // namespace

Result<void> check_trusted(const std::string& path) {
  const auto refused = [&](const std::string& why) { return Error{path + ": " + why, ErrorCode::UnreadableFile}; };
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return refused(std::generic_category().message(errno));
  if (status.st_uid != ::geteuid())
    return refused("belongs to another user, so its run is not resumed; copy the file if you trust it");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refused("can be written by other users, so its run is not resumed; chmod go-w it if you trust it");
  return {};
}

Result<std::optional<std::string>> read_trusted(const std::string& path) {
  const auto refused = [&](const std::string& why) { return Error{path + ": " + why, ErrorCode::UnreadableFile}; };
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (is_missing(path, errno)) return std::optional<std::string>();
    return refused("cannot be read: " + std::generic_category().message(errno));
  }
  struct stat status {};
  const bool known = ::fstat(descriptor, &status) == 0;
  const bool foreign = known && status.st_uid != ::geteuid() && status.st_uid != 0;
  const bool open_to_others = known && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !S_ISCHR(status.st_mode);
  auto text = known && !foreign && !open_to_others ? read_descriptor(descriptor) : Result<std::string>("");
  const int error = errno;
  ::close(descriptor);
  if (!known) return refused(std::generic_category().message(error));
  if (foreign) return refused("belongs to another user; copy the file if you trust it");
  if (open_to_others) return refused("can be written by other users; chmod go-w it if you trust it");
  if (!text) return refused("cannot be read: " + text.error().message);
  return std::optional(*std::move(text));
}

}  // namespace sluice
