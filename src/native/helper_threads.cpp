// SPDX-License-Identifier: Apache-2.0
#include "native/helper_threads.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/scoped_signal_mask.hpp"

namespace sluice::net {

struct HelperThreads::Shared {
  std::mutex mutex;
  std::condition_variable more;
  std::deque<Job> jobs;
  EpollEventLoop* loop;  ///< null after the HelperThreads are destroyed
  unsigned threads = 0, idle = 0;
};

HelperThreads::HelperThreads(EpollEventLoop& loop, unsigned max_threads)
    : shared_(std::make_shared<Shared>()), max_threads_(max_threads) {
  shared_->loop = &loop;
}

HelperThreads::~HelperThreads() {
  const std::lock_guard lock(shared_->mutex);
  shared_->loop = nullptr;
  shared_->jobs.clear();
  shared_->more.notify_all();
}

bool HelperThreads::run(Job job) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->idle <= shared_->jobs.size() && shared_->threads < max_threads_) {
    const ScopedSignalMask inherited;  // so that only the thread of the loop receives signals
    try {
      std::thread(work, shared_).detach();
      ++shared_->threads;
    } catch (const std::system_error&) {
      if (shared_->threads == 0) return false;
    }
  }
  shared_->jobs.push_back(std::move(job));
  shared_->more.notify_one();
  return true;
}

void HelperThreads::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (shared->loop) {
    if (shared->jobs.empty()) {
      ++shared->idle;
      shared->more.wait(lock);
      --shared->idle;
      continue;
    }
    const Job job = std::move(shared->jobs.front());
    shared->jobs.pop_front();
    lock.unlock();
    auto deliver = job();
    lock.lock();
    if (shared->loop) shared->loop->post(std::move(deliver));
  }
}

}  // namespace sluice::net
