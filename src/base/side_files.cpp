// SPDX-License-Identifier: Apache-2.0
#include "base/side_files.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/trusted_file.hpp"

namespace sluice {

bool is_database(const std::string& path) {
  constexpr std::string_view kStart = "SQLite format 3";
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) return false;
  std::ifstream file(path, std::ios::binary);
  std::string start(kStart.size(), '\0');
  return file.read(start.data(), static_cast<std::streamsize>(start.size())) && start == kStart;
}

std::string real_path(const std::string& path) {
  std::error_code failure;
  const auto full = std::filesystem::absolute(path, failure);
  if (failure) return path;
  const auto real = std::filesystem::weakly_canonical(full, failure);
  return failure ? full.string() : real.string();
}

std::string database_beside(const std::string& path) {
  const std::string real = real_path(path);
  for (const std::string_view end : kSideFileEnds)
    if (real.ends_with(end))
      if (std::string database = real.substr(0, real.size() - end.size()); is_database(database)) return database;
  return "";
}

Result<void> check_side_files(const std::string& real, std::string_view refusal) {
  for (const char* end : kSideFileEnds)
    if (auto checked = check_own_file(real + end, refusal, "remove it"); !checked) return checked.error();
  return {};
}

}  // namespace sluice
