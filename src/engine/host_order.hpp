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

/// The place of a host among all targets: the item of the target list, and the address within it.
struct TargetPlace {
  std::uint64_t item = 0, address = 0;
  friend auto operator<=>(const TargetPlace&, const TargetPlace&) = default;  // NOLINT(modernize-use-nullptr)
};

/// Holds finished hosts back until those before them have finished, so that reports have the order of the targets.
/// Invariant: a host waits for at most kPatience, and at most kMaxWaiting hosts wait. A pure data structure; not
/// thread-safe.
class HostOrder {
 public:
  static constexpr std::chrono::seconds kPatience{5};
  static constexpr std::size_t kMaxWaiting = 4096;
  using Reports = std::vector<std::shared_ptr<const HostReport>>;

  /// A host has been handed out. No place is used twice.
  void open(TargetPlace place) { open_.insert(place); }
  /// Hosts before this place have all been handed out.
  void set_floor(TargetPlace floor) { floor_ = floor; }
  /// The host at this place has finished. It is among the reports that release() returns, now or later.
  void finish(TargetPlace place, std::shared_ptr<const HostReport> report, TimePoint now);
  /// Takes out the reports whose turn has come.
  Reports release(TimePoint now);
  /// Takes out all.
  Reports release_all();

  /// When release() has something to do at the latest; kNever if none waits.
  [[nodiscard]] TimePoint due() const;
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  /// Up to this place, those before it first.
  void release_through(TargetPlace last, Reports& reports);

  std::set<TargetPlace> open_;
  TargetPlace floor_;
  std::map<TargetPlace, std::shared_ptr<const HostReport>> waiting_;
  struct Arrival {
    TargetPlace place;
    TimePoint at;
  };
  std::deque<Arrival> arrivals_;  ///< in the order of time; some have been released since
};

}  // namespace sluice::engine
