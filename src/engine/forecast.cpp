// SPDX-License-Identifier: Apache-2.0
#include "engine/forecast.hpp"

#include <algorithm>
#include <chrono>

namespace sluice::engine {

std::optional<Forecast::Estimate> Forecast::next(Duration elapsed, double done, double all) {
  constexpr double kMaxPercent = 99.99;  // 100 would say that the work has ended
  constexpr std::chrono::duration<double> kShortest = std::chrono::seconds(1), kLongest = std::chrono::hours(24 * 365);
  if (done <= 0 || all <= 0) return std::nullopt;
  const std::chrono::duration<double> in_proportion = elapsed * std::max(all / done - 1, 0.0);
  const std::chrono::duration<double> half = last_ / 2;
  last_ = std::chrono::duration_cast<Duration>(std::clamp(std::max(in_proportion, half), kShortest, kLongest));
  return Estimate{std::min(100 * done / all, kMaxPercent), last_};
}

}  // namespace sluice::engine
