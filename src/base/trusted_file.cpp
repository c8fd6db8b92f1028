// SPDX-License-Identifier: Apache-2.0
#include "base/trusted_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/text_file.hpp"

namespace sluice {

namespace {

/// True if the file is missing as far as the user can tell.
bool is_missing(const std::string& path, int error) {
  struct stat status {};
  return error == ENOENT || error == ENOTDIR || (error == EACCES && ::stat(path.c_str(), &status) != 0);
}

constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

/// True if only the user of the process is in the group: it has the name of the user, as many systems give each user a
/// group. Not for root: several users may have its group.
bool is_private_group(gid_t group) {
  std::array<char, 16384> user_texts{}, group_texts{};
  passwd user{};
  passwd* found_user = nullptr;
  struct group entry {};
  struct group* found = nullptr;
  if (::geteuid() == 0 || ::getpwuid_r(::geteuid(), &user, user_texts.data(), user_texts.size(), &found_user) != 0 ||
      !found_user || ::getgrgid_r(group, &entry, group_texts.data(), group_texts.size(), &found) != 0 || !found)
    return false;
  const std::string_view name = user.pw_name;
  for (char** member = entry.gr_mem; *member; ++member)
    if (*member != name) return false;
  return user.pw_gid == group && entry.gr_name == name;
}

/// True if an access control list, whose entries are not in the mode, belongs to the directory.
bool has_access_list(const std::string& directory) {
  return ::getxattr(directory.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

bool can_others_write(const std::string& directory, const struct stat& status) {
  if ((status.st_mode & S_IWOTH) != 0) return true;
  return (status.st_mode & S_IWGRP) != 0 && (has_access_list(directory) || !is_private_group(status.st_gid));
}

/// True if the user may replace the files of the process. The user who has called sudo may do all that root may.
bool is_trusted_owner(uid_t user) {
  if (user == ::geteuid() || user == 0) return true;
  const char* const caller = ::geteuid() == 0 ? std::getenv("SUDO_UID") : nullptr;
  return caller && std::to_string(user) == caller;
}

}  // namespace

Result<void> check_own_file(const std::string& path, std::string_view refusal, std::string_view remedy) {
  const auto refused = [&](std::string_view why, std::string_view advice) {
    return Error{fmt::format("{}: {}, {}; {}", path, why, refusal, advice), ErrorCode::UnreadableFile};
  };
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return Error{path + ": " + std::generic_category().message(errno), ErrorCode::UnreadableFile};
  }
  if (S_ISLNK(status.st_mode)) return refused("is a symbolic link", "replace it by the file");
  if (status.st_uid != ::geteuid()) return refused("belongs to another user", remedy);
  if ((status.st_mode & kOthersWrite) != 0)
    return refused("can be written by other users", "chmod go-w it if you trust it");
  return {};
}

Result<void> check_directories(const std::string& real, std::string_view refusal) {
  for (std::filesystem::path place(real); place.has_relative_path();) {
    place = place.parent_path();
    const auto refused = [&](std::string_view why) {
      return Error{fmt::format("{}: {}, {}; copy the file to a directory of your own if you trust it", place.string(),
                               why, refusal),
                   ErrorCode::UnreadableFile};
    };
    struct stat status {};
    if (::lstat(place.c_str(), &status) != 0)
      return Error{place.string() + ": " + std::generic_category().message(errno), ErrorCode::UnreadableFile};
    if (!is_trusted_owner(status.st_uid)) return refused("this directory belongs to another user");
    if ((status.st_mode & S_ISVTX) == 0 && can_others_write(place, status))
      return refused("other users can write to this directory");
  }
  return {};
}

bool can_others_add(const std::string& real) {
  const std::string directory = std::filesystem::path(real).parent_path();
  struct stat status {};
  if (::lstat(directory.c_str(), &status) != 0) return true;
  return !is_trusted_owner(status.st_uid) || can_others_write(directory, status);
}

Result<void> check_link(const std::string& path, std::string_view refusal) {
  struct stat link {};
  if (::lstat(path.c_str(), &link) != 0 || !S_ISLNK(link.st_mode) || is_trusted_owner(link.st_uid)) return {};
  return Error{fmt::format("{}: is a symbolic link of another user, {}; name the file itself", path, refusal),
               ErrorCode::UnreadableFile};
}

Result<std::string> check_trusted(const std::string& path, std::string_view refusal) {
  std::error_code failure;
  const std::string real = std::filesystem::canonical(path, failure);
  if (failure) return Error{path + ": " + failure.message(), ErrorCode::UnreadableFile};
  if (auto checked = check_link(path, refusal); !checked) return checked.error();
  if (auto checked = check_own_file(real, refusal); !checked) return checked.error();
  if (auto checked = check_directories(real, refusal); !checked) return checked.error();
  return real;
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
