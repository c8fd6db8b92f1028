#pragma once

#include <thread>
#include <vector>

#include "engine/driver.hpp"

namespace sluice::library {

/// Steps each shard on an OS thread of its own.
class ThreadDriver final : public engine::Driver {
 public:
  ThreadDriver() = default;
  /// Joins.
  ~ThreadDriver() override;
  ThreadDriver(const ThreadDriver&) = delete;
  ThreadDriver& operator=(const ThreadDriver&) = delete;

  void start(engine::Shard& shard) override;
  void join() override;

 private:
  std::vector<std::thread> threads_;
};

}  // namespace sluice::library
