// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace sluice::engine {

class Shard;

/// Steps the shards of a run other than the first, each until Shard::work returns false. The thread that calls
/// Engine::run or Engine::step steps the first shard. Owned by the Run. Not thread-safe.
class Driver {
 public:
  virtual ~Driver() = default;
  /// Starts to step a shard. Throws std::system_error if the system refuses a thread. REQUIRES: `shard` outlives the
  /// driver.
  virtual void start(Shard& shard) = 0;
  /// Waits until Shard::work has returned false for all shards. REQUIRES: each shard was asked to finish or to stop.
  virtual void join() = 0;
};

}  // namespace sluice::engine
