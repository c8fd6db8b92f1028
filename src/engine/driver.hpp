#pragma once

namespace sluice::engine {

class Shard;

/// Steps the shards of a run, each until Shard::work returns false. The first shard is stepped by the thread that calls
/// Engine::run; the driver has the others. Used by one thread.
class Driver {
 public:
  virtual ~Driver() = default;
  /// Begins to step a shard, which outlives the driver. Throws std::system_error if the system gives no thread.
  virtual void start(Shard& shard) = 0;
  /// Returns when no shard is stepped any more. All of them have been asked to end.
  virtual void join() = 0;
};

}  // namespace sluice::engine
