// SPDX-License-Identifier: Apache-2.0
#include "cli/standard_streams.hpp"

#include <unistd.h>

#include <string_view>

#include "cli/terminal.hpp"

namespace sluice::cli {

namespace {

ssize_t write_to_terminal(void* file, const char* bytes, std::size_t size) {
  print_to(*static_cast<ReportFile*>(file), std::string_view(bytes, size));
  return static_cast<ssize_t>(size);  // as with a report, the run goes on if the terminal is gone
}

}  // namespace

StandardStreams::StandardStreams() {
  replace(&stdout, STDOUT_FILENO, _IOLBF);
  replace(&stderr, STDERR_FILENO, _IONBF);
}

void StandardStreams::replace(std::FILE** stream, int descriptor, int buffering) {
  auto file = std::make_unique<ReportFile>(ReportFile::on(descriptor, false, ""));
  if (!file->is_terminal()) return;
  std::fflush(*stream);
  std::FILE* by = ::fopencookie(file.get(), "w", {nullptr, write_to_terminal, nullptr, nullptr});
  if (!by) return;
  std::setvbuf(by, nullptr, buffering, BUFSIZ);
  replaced_.push_back({stream, *stream, by, std::move(file)});
  *stream = by;
}

StandardStreams::~StandardStreams() {
  for (Replaced& each : replaced_) {
    *each.stream = each.before;
    std::fclose(each.by);
  }
}

}  // namespace sluice::cli
