#pragma once

#include <chrono>

namespace sluice {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// No limit: later than any deadline.
inline constexpr TimePoint kNever = TimePoint::max();

/// Where time comes from, so that tests can bring their own.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic, for deadlines and durations.
  virtual TimePoint now() const noexcept = 0;
  /// Wall clock, for reports.
  virtual std::chrono::system_clock::time_point wall() const noexcept = 0;
};

/// The real one.
class SystemClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return std::chrono::steady_clock::now(); }
  std::chrono::system_clock::time_point wall() const noexcept override { return std::chrono::system_clock::now(); }
};

}  // namespace sluice
