// SPDX-License-Identifier: Apache-2.0
#include "cli/status_display.hpp"

#include <new>
#include <optional>
#include <system_error>
#include <utility>

#include "base/scoped_signal_mask.hpp"

namespace sluice::cli {

namespace {

using Clock = std::chrono::steady_clock;

/// Interval in which the first counters are asked for, and in which a block that print() has removed is drawn again.
constexpr auto kTick = Terminal::kRedrawEvery;

}  // namespace

StatusDisplay::StatusDisplay(Engine& engine, std::shared_ptr<Terminal> terminal, bool with_keys)
    : engine_(engine), terminal_(std::move(terminal)), block_(with_keys) {
  const ScopedSignalMask inherited;  // the thread blocks signals
  try {
    server_ = std::thread([this] { serve(); });
  } catch (const std::system_error&) {  // no thread: the run continues without a block
  }
}

StatusDisplay::~StatusDisplay() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  if (server_.joinable()) server_.join();
  terminal_->end();
}

bool StatusDisplay::wait_until(Clock::time_point time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_until(lock, time, [this] { return over_; });
}

void StatusDisplay::serve() {
  Clock::time_point next = Clock::now() + kFirst;  // when the counters are asked for
  if (!wait_until(next)) return;
  do {
    try {
      if (const Clock::time_point now = Clock::now(); now >= next) {
        std::optional<RunStatus> status = engine_.status();
        if (!status) continue;
        next = now + kEvery;
        block_.update(*std::move(status), now);
        terminal_->show([block = block_](std::size_t columns) { return block.lines(Clock::now(), columns); });
      } else {
        terminal_->refresh();
      }
    } catch (const std::bad_alloc&) {  // the block stays as it is
    }
  } while (wait_until(Clock::now() + kTick));
}

}  // namespace sluice::cli
