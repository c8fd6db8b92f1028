// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include "cli/colour.hpp"

namespace sluice::cli {

namespace {

// Control functions of ECMA-48, which all terminals but dumb ones have.
constexpr std::string_view kErase = "\r\033[J";     // to the start of the line; clear to the end of the screen
constexpr std::string_view kClearLine = "\033[K";   // to the end of the line
constexpr std::string_view kClearBelow = "\033[J";  // to the end of the screen
// A line without room is cut and does not begin a new row. Terminals that do not have these ignore them.
constexpr std::string_view kCutLines = "\033[?7l", kWrapLines = "\033[?7h";

std::mutex used_mutex;  // of the following
std::shared_ptr<Terminal> used;
std::atomic<int> block_on = -1;  ///< descriptor of the terminal on which a block is drawn

std::optional<Terminal::Size> size_of(int descriptor) {
  pollfd room{descriptor, POLLOUT, 0};
  winsize size{};
  if (::tcgetpgrp(descriptor) != ::getpgrp() || ::poll(&room, 1, 0) <= 0) return std::nullopt;
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return Terminal::Size{};
  return Terminal::Size{size.ws_col, size.ws_row};
}

}  // namespace

std::shared_ptr<Terminal> Terminal::open(int descriptor) {
  if (!is_capable_terminal(descriptor) || ::tcgetpgrp(descriptor) < 0) return nullptr;
  auto file = std::make_shared<ReportFile>(ReportFile::on(descriptor, false, ""));
  return std::make_shared<Terminal>(Device{[file](std::string_view bytes) { file->write(bytes); },
                                           [descriptor] { return size_of(descriptor); }, Clock::now, descriptor});
}

void Terminal::show(Block block) {
  const std::lock_guard lock(mutex_);
  block_ = std::move(block);
  draw();
}

void Terminal::refresh() {
  const std::lock_guard lock(mutex_);
  draw();
}

void Terminal::print(std::string_view bytes, const Write& write) {
  if (bytes.empty()) return;
  const std::lock_guard lock(mutex_);
  erase();
  write(bytes);
  line_open_ = bytes.back() != '\n';
  if (block_ && (!drawn_at_ || device_.now() - *drawn_at_ >= kRedrawEvery)) draw();
}

void Terminal::pause() {
  paused_ = true;
  const std::unique_lock lock(mutex_, kPatience);
  if (lock) erase();
}

void Terminal::resume() {
  const std::lock_guard lock(mutex_);
  paused_ = false;
  line_open_ = false;  // the shell has written lines since
  draw();
}

void Terminal::end() noexcept {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  erase();
}

void Terminal::erase() {
  if (drawn_.empty()) return;
  drawn_.clear();
  device_.write(kErase);
  block_on = -1;
}

void Terminal::draw() noexcept try {
  if (!block_ || ended_ || paused_ || line_open_) return;
  const std::optional<Size> size = device_.size();
  if (!size) return;
  if (size->columns < kSmallest.columns || size->rows < kSmallest.rows) return erase();
  std::vector<std::string> lines = block_(size->columns - 1);  // a character in the last column could begin a new line
  lines.resize(std::min(lines.size(), size->rows - 1));
  if (lines.empty()) return erase();
  // The terminal may be narrower than `size` by now.
  std::string bytes = fmt::format("\r{}", kCutLines);
  for (const std::string& line : lines) {
    if (&line != &lines.front()) bytes += "\r\n";
    bytes.append(line).append(kClearLine);
  }
  bytes.append(kClearBelow).append(kWrapLines).append("\r");
  if (lines.size() > 1) bytes += fmt::format("\033[{}A", lines.size() - 1);
  if (bytes == drawn_) return;
  block_on = device_.descriptor;
  device_.write(bytes);
  drawn_ = std::move(bytes);
  drawn_at_ = device_.now();
} catch (const std::exception&) {  // out of memory: refresh() draws the block later
}

void Terminal::erase_at_crash() noexcept {
  const int descriptor = block_on.exchange(-1);
  if (descriptor < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(descriptor, kErase.data(), kErase.size());
}

std::shared_ptr<Terminal> Terminal::in_use() noexcept {
  const std::lock_guard lock(used_mutex);
  return used;
}
void Terminal::set_in_use(std::shared_ptr<Terminal> terminal) noexcept {
  const std::lock_guard lock(used_mutex);
  used = std::move(terminal);
}

void print_to(ReportFile& file, std::string_view bytes) noexcept {
  const auto terminal = file.is_terminal() ? Terminal::in_use() : nullptr;
  if (!terminal) return file.write(bytes);
  terminal->print(bytes, [&file](std::string_view piece) { file.write(piece); });
}

}  // namespace sluice::cli
