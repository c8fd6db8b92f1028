// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <sluice/report.hpp>
#include <vector>

#include "base/clock.hpp"

namespace sluice::engine {

/// The place of a host in the order of all targets: the number of its target, and that of its address in the target.
struct TargetPlace {
  std::uint64_t item = 0, address = 0;
  friend auto operator<=>(const TargetPlace&, const TargetPlace&) = default;  // NOLINT(modernize-use-nullptr)
};

/// Holds the reports of finished hosts back until all hosts before them have finished, so that reports have the order
/// of the targets. Invariant: after release(), no report has waited for more than kPatience, and at most kMaxWaiting
/// reports wait. Owned by the EventStream. Not thread-safe.
class HostOrder {
 public:
  static constexpr std::chrono::seconds kPatience{5};
  static constexpr std::size_t kMaxWaiting = 4096;
  using Reports = std::vector<std::shared_ptr<const HostReport>>;

  /// Notes that the processing of a host starts. REQUIRES: no other host has this place.
  void open(TargetPlace place) { open_.insert(place); }
  /// Notes that open() was called for all hosts before `floor`.
  void set_floor(TargetPlace floor) { floor_ = floor; }
  /// Adds the report of a finished host. A later release() returns it.
  void finish(TargetPlace place, std::shared_ptr<const HostReport> report, TimePoint now);
  /// Removes and returns the reports whose turn has come, in the order of their places.
  Reports release(TimePoint now);
  /// Removes and returns all reports, in the order of their places.
  Reports release_all();

  /// Returns when release() must be called at the latest; kNever if no report waits.
  [[nodiscard]] TimePoint due() const;
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  /// Appends the reports up to the place `last` to `reports`, and removes them.
  void release_through(TargetPlace last, Reports& reports);

  std::set<TargetPlace> open_;  ///< hosts that have not finished
  TargetPlace floor_;
  std::map<TargetPlace, std::shared_ptr<const HostReport>> waiting_;
  struct Arrival {
    TargetPlace place;
    TimePoint at;  ///< time of finish()
  };
  std::deque<Arrival> arrivals_;  ///< in the order of time; may contain places whose reports have been released
};

}  // namespace sluice::engine
