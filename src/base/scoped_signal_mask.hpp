// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

namespace sluice {

/// Blocks all signals on the calling thread during the lifetime of the object; the destructor restores the previous
/// mask. The system then delivers signals of the process to other threads. A thread that is started in the scope
/// inherits the mask, so that it never receives a signal.
/// REQUIRES: constructor and destructor run on the same thread.
class ScopedSignalMask {
 public:
  ScopedSignalMask() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~ScopedSignalMask() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  ScopedSignalMask(const ScopedSignalMask&) = delete;
  ScopedSignalMask& operator=(const ScopedSignalMask&) = delete;

 private:
  sigset_t before_;
};

}  // namespace sluice
