#pragma once

#include <csignal>

namespace sluice {

/// While it lives, the system delivers the signals of the process to other threads than this one. A thread that is
/// started meanwhile inherits the mask and never receives a signal.
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
