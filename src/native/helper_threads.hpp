// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "native/epoll_event_loop.hpp"

namespace sluice::net {

/// Up to `max_threads` threads for blocking system calls. A thread is started when a job finds no idle one. Owned by
/// the NativeResolver. Not thread-safe.
class HelperThreads {
 public:
  /// Runs on a helper thread, and returns a function that then runs on the thread of the loop.
  using Job = std::function<std::function<void()>()>;

  /// `loop` must outlive it.
  HelperThreads(EpollEventLoop& loop, unsigned max_threads);
  /// Drops queued jobs, and does not wait for running ones, whose functions are dropped. Functions that are posted to
  /// the loop already still run.
  ~HelperThreads();
  HelperThreads(const HelperThreads&) = delete;
  HelperThreads& operator=(const HelperThreads&) = delete;

  /// Queues a job. Returns false, and drops the job, if the system gives not even one thread.
  bool run(Job job);

 private:
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  ///< outlives this object while a helper thread is inside a job
  unsigned max_threads_;
};

}  // namespace sluice::net
