// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/clock.hpp"

namespace sluice::engine {

/// Estimates when work will end, from the part of it that is done. A value; not thread-safe.
class Forecast {
 public:
  struct Estimate {
    double percent = 0;    ///< at most 99.99
    Duration remaining{};  ///< time until the end
  };
  /// Returns an estimate; nothing if nothing is done yet. `elapsed`: time that `done` units of `all` took. The
  /// remaining time is proportional to the remaining units, but at least 1 s and at most a year. It is also at least
  /// half of the previous estimate, because the last units may take longer than the others.
  std::optional<Estimate> next(Duration elapsed, double done, double all);

 private:
  Duration last_{};
};

}  // namespace sluice::engine
