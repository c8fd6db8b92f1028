// SPDX-License-Identifier: Apache-2.0
#include "cli/keyboard.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include <mutex>
#include <system_error>
#include <utility>

#include "base/scoped_signal_mask.hpp"

namespace sluice::cli {

namespace {

/// The terminal whose settings were changed.
struct Taken {
  std::mutex mutex;   // of the following
  int terminal = -1;  ///< its descriptor; -1 if no settings are changed
  termios before{};   ///< its earlier settings
  bool over = false;  ///< give_back() was called
} taken;

bool in_foreground(int terminal) noexcept { return ::tcgetpgrp(terminal) == ::getpgrp(); }

}  // namespace

Keyboard::Keyboard(int descriptor, std::function<void(char key)> pressed)
    : terminal_(descriptor), pressed_(std::move(pressed)) {
  termios now{};
  if (::tcgetattr(terminal_, &now) != 0) return;
  over_ = ::eventfd(0, EFD_CLOEXEC);
  if (over_ < 0) return;
  {
    const std::lock_guard lock(taken.mutex);
    taken.over = false;
  }
  const ScopedSignalMask inherited;  // the thread blocks SIGTTIN, so that reading in the background fails
  try {
    server_ = std::thread([this] { serve(); });
  } catch (const std::system_error&) {  // no thread: the run continues without keys
  }
}

Keyboard::~Keyboard() {
  if (server_.joinable()) {
    ::eventfd_write(over_, 1);
    server_.join();
  }
  if (over_ >= 0) ::close(over_);
  give_back();
}

void Keyboard::give_back() noexcept {
  const std::lock_guard lock(taken.mutex);
  taken.over = true;
  if (const int terminal = std::exchange(taken.terminal, -1); terminal >= 0 && in_foreground(terminal))
    ::tcsetattr(terminal, TCSANOW, &taken.before);
}

// Does nothing unless the terminal is in line mode. A shell sets this mode before it brings a process to the
// foreground.
void Keyboard::take_terminal() noexcept {
  const std::lock_guard lock(taken.mutex);
  termios now{};
  if (taken.over || ::tcgetattr(terminal_, &now) != 0 || !(now.c_lflag & ICANON)) return;
  taken.before = now;
  taken.terminal = terminal_;
  now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  now.c_cc[VMIN] = 1;
  now.c_cc[VTIME] = 0;
  ::tcsetattr(terminal_, TCSANOW, &now);
}

void Keyboard::serve() {
  constexpr int kLookAgain = 1000;  // ms; needed because no signal reports that the process is in the foreground again
  while (true) {
    const bool ours = in_foreground(terminal_);
    if (ours) take_terminal();
    pollfd waits[] = {{over_, POLLIN, 0}, {ours ? terminal_ : -1, POLLIN, 0}};
    if (::poll(waits, 2, kLookAgain) < 0) continue;
    if (waits[0].revents != 0) return;
    if (waits[1].revents == 0) continue;
    char key = 0;
    if (::read(terminal_, &key, 1) == 1)
      pressed_(key);
    else if (in_foreground(terminal_))
      return;  // the terminal was closed
  }
}

}  // namespace sluice::cli
