// SPDX-License-Identifier: Apache-2.0
#include "engine/script_files.hpp"

#include <filesystem>

namespace sluice::engine {

namespace fs = std::filesystem;

namespace {

using Found = script::ScriptFiles::Found;
using Kind = script::ScriptFiles::Kind;

Found look_at(const std::string& path) {
  std::error_code failed;
  switch (fs::status(path, failed).type()) {
    case fs::file_type::directory:
      return {Kind::Directory, path};
    case fs::file_type::none:
    case fs::file_type::not_found:
      return {};
    default:
      return {Kind::File, path};
  }
}

}  // namespace

Found InstalledScripts::find(const std::string& name) const {
  if (name.empty()) return {};
  if (name.front() == '/') return look_at(name);
  if (const auto path = files_.find("scripts/" + name)) return look_at(*path);
  return look_at(name);
}

std::vector<std::string> InstalledScripts::list(const std::string& directory) const {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end; entry.increment(failed))
    names.push_back(entry->path().filename().string());
  return names;
}

}  // namespace sluice::engine
