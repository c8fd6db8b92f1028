// SPDX-License-Identifier: Apache-2.0
#include "cli/report_source.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sluice/journal.hpp>
#include <sluice/quote.hpp>
#include <sluice/report_reader.hpp>
#include <string_view>
#include <system_error>

#include "base/side_files.hpp"
#include "cli/history_directory.hpp"

namespace sluice::cli {

namespace {

Error unreadable(const std::string& name, const std::string& why) {
  return {shortened(name) + ": " + why, ErrorCode::UnreadableFile};
}

Result<MissingEnd> read_journal(const std::string& path, std::int64_t run, Observer& observer) {
  auto journal = JournalReader::open(path);
  if (!journal) return journal.error();
  if (run == 0) {
    const auto runs = (*journal)->runs();
    if (!runs) return runs.error();
    if (runs->empty()) return unreadable(path, "has no run");
    run = runs->back().number;
  }
  if (auto read = (*journal)->read(run, observer); !read) return read.error();
  return MissingEnd();
}

/// Returns the next bytes; "" at the end.
std::string next_bytes(std::istream& input) {
  std::string bytes(1 << 16, '\0');
  input.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(input.gcount()));
  return bytes;
}

Result<MissingEnd> read_text(const std::string& name, std::istream& input, Observer& observer) {
  std::string bytes = next_bytes(input);
  if (bytes.empty() && !input.bad()) return unreadable(name, "is empty");
  const auto format = report_format(bytes);
  if (!format) return unreadable(name, "is neither a journal nor a report in XML or NDJSON (-oX, -oJ)");
  auto reader = make_reader(*format, observer);
  if (!reader) return reader.error().in(shortened(name));
  for (; !bytes.empty(); bytes = next_bytes(input))
    if (auto read = (*reader)->read(bytes); !read) return unreadable(name, read.error().message);
  if (input.bad()) return unreadable(name, std::generic_category().message(errno));
  const Result<void> finished = (*reader)->finish();
  return finished ? MissingEnd() : shortened(name) + ": " + finished.error().message;
}

}  // namespace

std::pair<std::string, std::int64_t> split_run_name(const std::string& name) {
  const std::size_t mark = name.rfind('#');
  std::int64_t run = 0;
  if (mark == std::string::npos || std::filesystem::exists(name)) return {name, 0};
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + mark + 1, end, run);
  if (read.ec != std::errc{} || read.ptr != end || run < 1) return {name, 0};
  return {name.substr(0, mark), run};
}

bool is_journal(const std::string& name) { return is_database(split_run_name(name).first); }

std::tm local_time(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return local;
}

Result<MissingEnd> read_report(const std::string& name, Observer& observer) {
  if (name == "-") return read_text("standard input", std::cin, observer);
  const auto resolved = resolve_run(name);
  if (!resolved) return resolved.error();
  const auto& [path, run] = split_run_name(*resolved);
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) return unreadable(path, "is a directory");
  std::ifstream input(path, std::ios::binary);
  if (!input) return unreadable(path, std::generic_category().message(errno));
  if (is_journal(*resolved)) return read_journal(path, run, observer);
  return read_text(path, input, observer);
}

std::optional<CommandLine> stored_command(const std::vector<std::string>& arguments) {
  auto command = parse_command_line(arguments, local_time(std::chrono::system_clock::now()));
  if (!command || command->wish != CommandLine::Wish::Run) return std::nullopt;
  return *std::move(command);
}

}  // namespace sluice::cli
