#pragma once

#include <optional>

#include "base/clock.hpp"

namespace sluice::engine {

/// Estimates when work will be done, from how much of it is done. Does not depend on the kind of work or its display. A
/// value; not thread-safe.
class Forecast {
 public:
  struct Estimate {
    double percent = 0;  ///< below 100
    Duration remaining{};
  };
  /// `done` of `all` took `elapsed`. The time that remains is in proportion, but at least a second, at most a year, and
  /// at least half of the last estimate: the last parts of the work may take longer than all before. Nothing while
  /// nothing is done.
  std::optional<Estimate> next(Duration elapsed, double done, double all);

 private:
  Duration last_{};
};

}  // namespace sluice::engine
