#pragma once

#include <functional>
#include <memory>

#include "native/epoll_event_loop.hpp"

namespace sluice::net {

/// A few threads for system calls that can only block. Started when there is work; an engine without such work starts
/// none.
class HelperThreads {
 public:
  /// Runs on a helper; returns what is then run on the loop's thread.
  using Job = std::function<std::function<void()>()>;

  HelperThreads(EpollEventLoop& loop, unsigned max_threads);
  /// Waits for nothing: what has not come back by now never does.
  ~HelperThreads();
  HelperThreads(const HelperThreads&) = delete;
  HelperThreads& operator=(const HelperThreads&) = delete;

  /// False if not even one thread can be had.
  bool run(Job job);

 private:
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  ///< outlives this while a helper is inside a call
  unsigned max_threads_;
};

}  // namespace sluice::net
