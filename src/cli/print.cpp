// SPDX-License-Identifier: Apache-2.0
#include "cli/print.hpp"

#include <unistd.h>

#include <exception>
#include <sluice/writer.hpp>

#include "cli/report_file.hpp"
#include "cli/run.hpp"

namespace sluice::cli {

std::string terminal_text(const std::string& text) {
  std::string shown;
  make_writer(Format::Text, {.file = true}, [&](std::string_view bytes) { shown += bytes; })  // which escapes log lines
      ->on_event({{}, event::Log{event::LogTo::Error, text}});
  if (shown.ends_with('\n') && !text.ends_with('\n')) shown.pop_back();
  return shown;
}

void tell(const std::string& line) noexcept {
  try {
    ReportFile::on(STDERR_FILENO, false, "").write(terminal_text(line) + '\n');
  } catch (const std::exception&) {
  }
}

int refuse(const std::string& why) {
  const bool ended = why.ends_with('.') || why.ends_with('?');
  tell("sluice: " + why + (ended ? "" : "."));
  tell("QUITTING!");
  return kRefused;
}

int print(const std::string& text, int code) {
  ReportFile out = ReportFile::on(STDOUT_FILENO, false, "standard output");
  out.write(text);
  return out.error() == 0 ? code : kLost;
}

}  // namespace sluice::cli
