// SPDX-License-Identifier: Apache-2.0
#include "model/data_files.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sluice/quote.hpp>
#include <system_error>
#include <utility>

namespace sluice::model {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kServices = "nmap-services";
constexpr std::string_view kServiceProbes = "nmap-service-probes";
constexpr std::string_view kScriptDatabase = "scripts/script.db";

bool readable(const std::string& path) { return access(path.c_str(), R_OK) == 0; }

bool readable_file(const std::string& path) {
  std::error_code failure;
  return readable(path) && fs::is_regular_file(path, failure);
}

std::string join(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.ends_with('/')) path += '/';
  return path += name;
}

std::string home_of(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16384);
  if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return {};
  return entry.pw_dir;
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value) return std::nullopt;
  return value;
}

}  // namespace

Result<void> check_datadir(const std::optional<std::string>& datadir) {
  std::error_code failure;
  if (!datadir || fs::is_directory(*datadir, failure)) return {};
  return Error{"--datadir: " + in_quotes(*datadir) + " is not a directory"};
}

DataPlaces process_data_places(bool read_environment) {
  DataPlaces places;
  if (read_environment) places.environment = environment("NMAPDIR");
  for (const uid_t user : {getuid(), geteuid()}) {
    std::string home = home_of(user);
    if (!home.empty() && (places.homes.empty() || places.homes.front() != home))
      places.homes.push_back(std::move(home));
  }
  std::error_code failure;
  const fs::path executable = fs::read_symlink("/proc/self/exe", failure);
  if (!failure) places.executable_directory = executable.parent_path().string();
  const auto cache = read_environment ? environment("XDG_CACHE_HOME") : std::nullopt;
  if (cache && cache->starts_with('/'))
    places.cache = join(*cache, "sluice");
  else if (!places.homes.empty())
    places.cache = join(places.homes.front(), ".cache/sluice");
  return places;
}

DataFiles::DataFiles(DataPlaces places) : places_(std::move(places)) {
  if (places_.datadir) directories_.push_back(*places_.datadir);
  if (places_.environment) directories_.push_back(*places_.environment);
  for (const std::string& home : places_.homes) directories_.push_back(join(home, ".nmap"));
  if (!places_.executable_directory.empty()) {
    directories_.push_back(places_.executable_directory);
    directories_.push_back(join(places_.executable_directory, "../share/nmap"));
  }
  if (!places_.installed.empty()) directories_.push_back(places_.installed);
}

template <class Accepts>
std::optional<std::string> DataFiles::search(std::string_view name, Accepts accepts) const {
  const std::optional<std::string>* const named = name == kServices        ? &places_.services_file
                                                  : name == kServiceProbes ? &places_.service_probes_file
                                                                           : nullptr;
  if (named && *named) return accepts(**named) ? *named : std::nullopt;
  if (name == kScriptDatabase)
    if (auto cached = cached_script_database(); cached && accepts(*cached)) return cached;
  for (const std::string& directory : directories_)
    if (std::string path = join(directory, name); accepts(path)) return path;
  return std::nullopt;
}

std::optional<std::string> DataFiles::find(std::string_view name) const { return search(name, readable); }
std::optional<std::string> DataFiles::find_file(std::string_view name) const { return search(name, readable_file); }

std::optional<std::string> DataFiles::find_directory_of(std::string_view name) const {
  const auto path = find(name);
  if (!path) return std::nullopt;
  return path->size() > name.size() && path->ends_with(name) ? path->substr(0, path->size() - name.size() - 1)
                                                             : fs::path(*path).parent_path().string();
}

bool DataFiles::is_installed(std::string_view path) const {
  return !places_.installed.empty() && fs::path(path).parent_path() == fs::path(places_.installed);
}

std::optional<std::string> DataFiles::cached_script_database() const {
  if (!places_.cache) return std::nullopt;
  const auto scripts = find("scripts");
  if (!scripts) return std::nullopt;
  std::error_code failure;
  const fs::path real = fs::canonical(*scripts, failure);
  if (failure) return std::nullopt;
  return join(*places_.cache + real.string(), "script.db");
}

}  // namespace sluice::model
