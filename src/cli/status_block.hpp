// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <sluice/engine.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// The text of the status block: what a user at a terminal sees of a run that continues. A value without I/O; not
/// thread-safe.
class StatusBlock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMaxLines = 4;
  /// The rates are those of this time.
  static constexpr std::chrono::seconds kRateWindow{5};

  /// `with_keys`: the first line says that keys work, if there is room.
  explicit StatusBlock(bool with_keys = false) : with_keys_(with_keys) {}

  /// Takes new counters. `now`: when they were received.
  void update(RunStatus status, TimePoint now);
  /// Returns 1 to kMaxLines lines of printable ASCII, without line feeds, none wider than `columns`: time and progress;
  /// hosts and rates; script threads, if there are any; the slowest script, if one runs. Returns nothing before the
  /// first update(). `now`: the current time, for the time that has passed since.
  [[nodiscard]] std::vector<std::string> lines(TimePoint now, std::size_t columns) const;

 private:
  struct Sample {
    std::chrono::milliseconds at{0};  ///< since the start of the run
    std::size_t hosts = 0;
    std::uint64_t ports = 0;
  };
  [[nodiscard]] std::string progress_line(std::chrono::milliseconds since_update, std::size_t columns) const;
  [[nodiscard]] std::string hosts_line(std::size_t columns) const;
  [[nodiscard]] std::string threads_line(std::size_t columns) const;
  [[nodiscard]] std::string slowest_line(std::chrono::milliseconds since_update, std::size_t columns) const;

  bool with_keys_;
  RunStatus status_;
  TimePoint updated_{};
  std::deque<Sample> samples_;  ///< those of the last kRateWindow, and the one before; empty before the first update()
};

/// Returns a text as printable ASCII: each other character becomes "?".
std::string printable_ascii(std::string_view text);

}  // namespace sluice::cli
