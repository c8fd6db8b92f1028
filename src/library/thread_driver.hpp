// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <thread>
#include <vector>

#include "engine/driver.hpp"

namespace sluice::library {

/// The driver that steps each shard on its own OS thread. Not thread-safe.
class ThreadDriver final : public engine::Driver {
 public:
  ThreadDriver() = default;
  /// Calls join().
  ~ThreadDriver() override;
  ThreadDriver(const ThreadDriver&) = delete;
  ThreadDriver& operator=(const ThreadDriver&) = delete;

  void start(engine::Shard& shard) override;
  void join() override;

 private:
  std::vector<std::thread> threads_;
};

}  // namespace sluice::library
