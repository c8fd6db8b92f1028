// SPDX-License-Identifier: Apache-2.0
#include "cli/history_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sluice/journal_directory.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/print.hpp"

namespace sluice::cli {

namespace {

Error unsafe(const std::string& path, const std::string& why) { return {path + ": " + why, ErrorCode::UnreadableFile}; }

std::optional<std::string> variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

/// Returns the directory of root in the database of users.
std::optional<std::string> home_of_root() {
  std::array<char, 16384> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(0, &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return std::nullopt;
  return std::string(entry.pw_dir);
}

bool is_absolute(const std::optional<std::string>& path) { return path && path->starts_with('/'); }

/// Returns `path` below the directory that `variable` names, or else below `usual` in the home directory.
std::optional<std::string> below(const UserFacts& facts, const std::optional<std::string>& variable, const char* usual,
                                 const char* path) {
  const auto& home = facts.by_sudo ? facts.root_home : facts.home;
  if (!facts.by_sudo && is_absolute(variable)) return *variable + path;
  if (is_absolute(home)) return *home + usual + path;
  return std::nullopt;
}

/// A run of the history.
struct KeptRun {
  WallTime started;
  std::string name;  ///< "FILE", or "FILE#2" if another run follows in the file
};

/// Returns the runs by their starts, the last one first.
std::vector<KeptRun> kept_runs(const std::vector<StoredJournal>& journals) {
  std::vector<KeptRun> runs;
  for (const StoredJournal& journal : journals) {
    if (!journal.error.empty()) tell(event::warning(journal.error + '.').text);
    for (const StoredJournal::Run& run : journal.runs) {
      const bool last = &run == &journal.runs.back();
      runs.push_back({run.started, last ? journal.path : fmt::format("{}#{}", journal.path, run.number)});
    }
  }
  std::ranges::stable_sort(runs, std::greater(), &KeptRun::started);
  return runs;
}

/// Returns the path of a file of the history that is given by its name alone, "FILE" or "FILE#2", as `sluice history`
/// lists it; nothing if there is none, or if the file is in the working directory.
std::optional<std::string> find_by_name(const std::string& name) {
  constexpr std::string_view kEnd = ".db";
  const std::string file = name.substr(0, name.rfind('#'));
  std::error_code failure;
  if (name.find('/') != std::string::npos || !file.ends_with(kEnd) || std::filesystem::exists(file, failure))
    return std::nullopt;
  const auto directory = existing_history_directory();
  if (!directory || !std::filesystem::exists(*directory + '/' + file, failure)) return std::nullopt;
  return *directory + '/' + name;
}

}  // namespace

UserFacts user_facts() {
  UserFacts facts{.by_sudo = ::geteuid() == 0 && std::getenv("SUDO_UID"),
                  .state_home = variable("XDG_STATE_HOME"),
                  .home = variable("HOME"),
                  .root_home = {},
                  .config_home = variable("XDG_CONFIG_HOME")};
  if (facts.by_sudo) facts.root_home = home_of_root();
  return facts;
}

std::optional<std::string> history_directory(const UserFacts& facts) {
  return below(facts, facts.state_home, "/.local/state", "/sluice");
}

std::optional<std::string> user_settings_file(const UserFacts& facts) {
  return below(facts, facts.config_home, "/.config", "/sluice/sluice.toml");
}

Result<void> check_history_directory(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
    return unsafe(path, "is a symbolic link; replace it by a directory");
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT) return {};
    return unsafe(path, std::generic_category().message(errno) + "; make it a directory that you can read");
  }
  const bool known = ::fstat(descriptor, &status) == 0;
  const int error = errno;
  ::close(descriptor);
  if (!known) return unsafe(path, std::generic_category().message(error));
  if (status.st_uid != ::geteuid())
    return unsafe(path, fmt::format("belongs to the user {}; remove it", status.st_uid));
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return unsafe(path, "others may write to it; use chmod go-w");
  return {};
}

Result<void> make_history_directory(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      const int error = errno;
      struct stat status {};
      if (::stat(part.c_str(), &status) != 0)  // some file systems refuse before they find that it exists
        return unsafe(part, std::generic_category().message(error) + "; create it");
    }
    if (end == std::string::npos) return check_history_directory(path);
  }
}

Result<std::string> existing_history_directory() {
  auto directory = history_directory(user_facts());
  if (!directory)
    return Error{
        "there is no directory of runs, because neither XDG_STATE_HOME nor HOME is an absolute path; name a file"};
  if (auto checked = check_history_directory(*directory); !checked) return checked.error();
  return *std::move(directory);
}

Result<std::string> resolve_run(const std::string& name) {
  const bool last = name == "@last";
  if (!last && name != "@prev") return find_by_name(name).value_or(name);
  const auto directory = existing_history_directory();
  if (!directory) return directory.error().in(name);
  const auto journals = list_journals(*directory);
  if (!journals) return journals.error().in(name);
  const auto runs = kept_runs(*journals);
  if (runs.empty()) return Error{fmt::format("{}: {} has no run; name a file", name, *directory)};
  if (last) return runs[0].name;
  if (runs.size() < 2) return Error{fmt::format("{}: {} has one run only; name a file", name, *directory)};
  return runs[1].name;
}

}  // namespace sluice::cli
