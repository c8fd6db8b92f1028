// SPDX-License-Identifier: Apache-2.0
#include "engine/slot_reclaimer.hpp"

#include <algorithm>
#include <utility>

namespace sluice::engine {

TimePoint SlotReclaimer::work(const std::function<bool()>& step) {
  if (slots_.waiting() == 0) return kNever;
  const TimePoint begun = clock_.now();
  if (std::exchange(seen_, slots_.taken()) != slots_.taken()) due_ = std::max(due_, begun + kPatience);
  if (begun < due_) return due_;

  bool whole = false;
  TimePoint now = begun;
  while (!whole && now - begun < kAtOnce) {
    whole = step();
    now = clock_.now();
  }
  if (std::exchange(seen_, slots_.taken()) != slots_.taken()) {
    rest_ = kMinRest;
    due_ = now + kBetween;
  } else if (whole) {
    due_ = now + rest_;
    rest_ = std::min(2 * rest_, kMaxRest);
  } else {
    due_ = now + kBetween;
  }
  return due_;
}

}  // namespace sluice::engine
