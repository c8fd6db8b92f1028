// SPDX-License-Identifier: Apache-2.0
#include "base/trusted_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sluice {

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

}  // namespace sluice
