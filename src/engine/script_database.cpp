// SPDX-License-Identifier: Apache-2.0
#include "engine/script_database.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/text_file.hpp"

namespace sluice::engine {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDatabase = "scripts/script.db";

/// Loads all scripts of a directory and returns their entries. A script that is skipped, because a library that it
/// requires is missing, keeps its entry from `before`: Nmap uses the same file.
std::vector<script::Entry> read_scripts(const std::string& directory, const model::DataFiles& files,
                                        nse::Runtime& runtime, const Warn& warn,
                                        const std::vector<script::Entry>& before = {}) {
  const auto find = [&before](const std::string& name) {
    return std::find_if(before.begin(), before.end(), [&name](const auto& entry) { return entry.filename == name; });
  };
  std::vector<script::Entry> entries;
  for (const std::string& name : script_files_in(directory, files)) {
    auto loaded = runtime.load(directory + "/" + name, std::string(script::script_id(name)));
    if (!loaded)
      warn("NSE: " + name + " is skipped: " + loaded.error().message);
    else if (!loaded->skipped)
      entries.push_back({name, std::move(loaded->script.categories)});
    else if (const auto kept = find(name); kept != before.end())
      entries.push_back(*kept);
  }
  return entries;
}

/// Writes the file atomically.
Result<void> write_file(const std::string& path, const std::string& text) {
  const std::string unfinished = path + "." + std::to_string(getpid());
  const auto failed = [&](int error) {
    unlink(unfinished.c_str());
    return Error{"cannot write '" + path + "': " + std::strerror(error), ErrorCode::UnreadableFile};
  };
  errno = 0;
  std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return failed(errno ? errno : EIO);
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) return failed(errno);
  return {};
}

}  // namespace

std::optional<Result<std::vector<script::Entry>>> stored_script_database(const model::DataFiles& files) {
  const auto path = files.find_file(kDatabase);
  if (!path) return std::nullopt;
  Result<std::string> text = read_text_file(*path);
  if (!text) return text.error();
  Result<std::vector<script::Entry>> entries = script::parse_script_database(*text);
  if (!entries) return entries.error().in(*path);
  return entries;
}

std::vector<std::string> script_files_in(const std::string& directory, const model::DataFiles& files) {
  std::vector<std::string> names = InstalledScripts(files).list(directory);
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(script::kScriptExtension); });
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<script::Entry>> script_database(const model::DataFiles& files, nse::Runtime& runtime,
                                                   const Warn& warn) {
  if (auto stored = stored_script_database(files)) return std::move(*stored);
  if (const auto directory = files.find("scripts")) return read_scripts(*directory, files, runtime, warn);
  return std::vector<script::Entry>{};
}

Result<std::string> update_script_database(const model::DataFiles& files, nse::Runtime& runtime, const Warn& warn) {
  const auto directory = files.find("scripts");
  if (!directory)
    return Error{"--script-updatedb: the data files have no directory scripts; name its parent with --datadir",
                 ErrorCode::UnreadableFile};
  std::vector<script::Entry> before;
  if (const auto known = files.find_file(kDatabase))
    if (const Result<std::string> text = read_text_file(*known))
      if (auto entries = script::parse_script_database(*text)) before = std::move(*entries);
  const std::string text = script::script_database_text(read_scripts(*directory, files, runtime, warn, before));

  std::string path = *directory + "/script.db";
  Result<void> written = write_file(path, text);
  if (written) {
    // An older file in the cache would have precedence.
    if (const auto cached = files.cached_script_database(); cached && unlink(cached->c_str()) != 0 && errno != ENOENT)
      return Error{"cannot remove '" + *cached + "': " + std::strerror(errno), ErrorCode::UnreadableFile};
    return path;
  }
  const auto cached = files.cached_script_database();
  if (!cached) return written.error();
  std::error_code failed;
  fs::create_directories(fs::path(*cached).parent_path(), failed);
  if (failed) return Error{"cannot write '" + *cached + "': " + failed.message(), ErrorCode::UnreadableFile};
  if (Result<void> again = write_file(*cached, text); !again) return again.error();
  return *cached;
}

}  // namespace sluice::engine
