// SPDX-License-Identifier: Apache-2.0
#include "base/scoped_signal_mask.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace sluice {
namespace {

bool blocks(int signal) {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, signal) == 1;
}

TEST(ScopedSignalMask, ThreadStartedUnderMaskBlocksSignals) {
  bool blocked = false;
  {
    const ScopedSignalMask mask;
    std::thread([&blocked] { blocked = blocks(SIGUSR1) && blocks(SIGTERM); }).join();
  }
  EXPECT_TRUE(blocked);
}

TEST(ScopedSignalMask, DestructorRestoresTheMask) {
  const bool before = blocks(SIGUSR1);
  { const ScopedSignalMask mask; }
  EXPECT_EQ(blocks(SIGUSR1), before);
}

}  // namespace
}  // namespace sluice
