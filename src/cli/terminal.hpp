// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report_file.hpp"

namespace sluice::cli {

/// The terminal at which a user watches a run, with a block of lines below the report. All that the command and its
/// scripts print there goes through print(): the block is removed, the bytes are written, and the block is drawn below
/// them.
///
/// While the block is drawn, the cursor stays in its upper left corner. Thus clearing from the cursor to the end of the
/// screen removes it, even if the terminal became narrower and has wrapped its lines; and bytes of other processes
/// overwrite the block and not the report. While a block is written, the terminal cuts lines instead of wrapping them,
/// because it may have become narrower since its size was read.
/// Invariant: the block is drawn only at the start of a line, and is higher than the screen at no time.
///
/// Thread-safe.
class Terminal {
 public:
  using Clock = std::chrono::steady_clock;
  using Write = std::function<void(std::string_view bytes)>;
  /// Returns the lines of the block: printable ASCII, none wider than `columns`.
  using Block = std::function<std::vector<std::string>(std::size_t columns)>;
  struct Size {
    std::size_t columns = 80, rows = 24;
  };
  /// What the object needs of the system. Tests replace it.
  struct Device {
    Write write;
    /// Returns the size of the terminal; nothing while the block must not be drawn, because the process is in the
    /// background or the terminal takes no bytes.
    std::function<std::optional<Size>()> size;
    std::function<Clock::time_point()> now;
    int descriptor = -1;  ///< for erase_at_crash()
  };
  /// After print(), the block is drawn again at once, unless it was drawn within this time.
  static constexpr std::chrono::milliseconds kRedrawEvery{100};
  /// How long pause() waits for a terminal that takes no bytes.
  static constexpr std::chrono::milliseconds kPatience{200};
  /// A smaller terminal has no block.
  static constexpr Size kSmallest{20, 3};

  explicit Terminal(Device device) : device_(std::move(device)) {}

  /// Returns the terminal behind a descriptor. Returns null if it is none that can have a block: it is not the
  /// terminal that controls the process, or TERM is not set or "dumb".
  static std::shared_ptr<Terminal> open(int descriptor);

  /// Draws this block from now on.
  void show(Block block);
  /// Draws the block if it was removed, or if its lines or the size of the terminal have changed.
  void refresh();
  /// Writes by `write`. The block is not in the way.
  void print(std::string_view bytes, const Write& write);
  /// Removes the block until resume(). Leaves it where it is if the terminal takes no bytes (Ctrl-S).
  void pause();
  /// Draws the block again, where the cursor is now.
  void resume();
  /// Removes the block for good.
  void end() noexcept;
  /// Removes the block of the object in use, if one is drawn. Async-signal-safe.
  static void erase_at_crash() noexcept;

  /// Returns the object that print_to() uses; null if there is none.
  static std::shared_ptr<Terminal> in_use() noexcept;
  static void set_in_use(std::shared_ptr<Terminal> terminal) noexcept;

 private:
  void erase();
  void draw() noexcept;

  std::atomic<bool> paused_ = false;
  std::timed_mutex mutex_;  // of the following
  Device device_;
  Block block_;
  std::string drawn_;       ///< the bytes that have drawn the block; "" if it is not drawn
  bool line_open_ = false;  ///< the last byte was no line feed
  bool ended_ = false;
  std::optional<Clock::time_point> drawn_at_;
};

/// Writes bytes to a file. If it is a terminal, the status block is not in the way. Throws nothing.
void print_to(ReportFile& file, std::string_view bytes) noexcept;

}  // namespace sluice::cli
