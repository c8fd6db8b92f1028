// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace sluice {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// The deadline of something that never expires. It is later than every other point in time.
inline constexpr TimePoint kNever = TimePoint::max();

/// Source of the time. Tests implement it with a virtual time. It must outlive its users.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Returns the monotonic time, for deadlines and durations.
  virtual TimePoint now() const noexcept = 0;
  /// Returns the wall-clock time, for reports.
  virtual std::chrono::system_clock::time_point wall() const noexcept = 0;
};

/// The clock of the operating system. Thread-safe.
class SystemClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return std::chrono::steady_clock::now(); }
  std::chrono::system_clock::time_point wall() const noexcept override { return std::chrono::system_clock::now(); }
};

}  // namespace sluice
