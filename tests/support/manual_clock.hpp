// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.hpp"

namespace sluice {

/// A clock whose time changes only by advance().
class ManualClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return now_; }
  std::chrono::system_clock::time_point wall() const noexcept override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000)) +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(now_ - TimePoint{});
  }
  void advance(Duration by) { now_ += by; }

 private:
  TimePoint now_{};
};

}  // namespace sluice
