// SPDX-License-Identifier: Apache-2.0
#include "cli/print.hpp"

#include <unistd.h>

#include <atomic>
#include <exception>
#include <sluice/writer.hpp>

#include "cli/report_file.hpp"
#include "cli/run.hpp"
#include "cli/terminal.hpp"

namespace sluice::cli {

namespace {

std::atomic<bool> with_colour = false;

}  // namespace

std::string terminal_text(const std::string& text) {
  std::string shown;
  make_writer(Format::Text, {.file = true}, [&](std::string_view bytes) { shown += bytes; })  // which escapes log lines
      ->on_event({{}, event::Log{event::LogTo::Error, text}});
  if (shown.ends_with('\n') && !text.ends_with('\n')) shown.pop_back();
  return shown;
}

void colour_messages(bool wanted) noexcept { with_colour = wanted; }

void tell(const std::string& line, Tone tone) noexcept {
  try {
    std::string text = terminal_text(line);
    if (tone == Tone::Plain && line.starts_with("Warning: ")) tone = Tone::Warning;
    if (with_colour && tone != Tone::Plain) text = (tone == Tone::Failure ? "\033[31m" : "\033[33m") + text + "\033[0m";
    ReportFile file = ReportFile::on(STDERR_FILENO, false, "");
    print_to(file, text + '\n');
  } catch (const std::exception&) {
  }
}

int refuse(const std::string& why) {
  const bool ended = why.ends_with('.') || why.ends_with('?');
  tell("sluice: " + why + (ended ? "" : "."), Tone::Failure);
  tell("QUITTING!");
  return kRefused;
}

int refuse(const Error& error) {
  const int code = refuse(error.message);
  return error.code == ErrorCode::ResourceShortage ? kLost : code;
}

int print(const std::string& text, int code) {
  ReportFile out = ReportFile::on(STDOUT_FILENO, false, "standard output");
  out.write(text);
  return out.error() == 0 ? code : kLost;
}

}  // namespace sluice::cli
