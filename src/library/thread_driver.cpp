// SPDX-License-Identifier: Apache-2.0
#include "library/thread_driver.hpp"

#include "base/scoped_signal_mask.hpp"
#include "engine/shard.hpp"

namespace sluice::library {

ThreadDriver::~ThreadDriver() { join(); }

void ThreadDriver::start(engine::Shard& shard) {
  const ScopedSignalMask inherited;  // signals are for the threads of the program
  threads_.emplace_back([&shard] {
    while (shard.work()) shard.wait();
  });
}

void ThreadDriver::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace sluice::library
