// SPDX-License-Identifier: Apache-2.0
#include "native/watched_descriptor.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "native/epoll_event_loop.hpp"

namespace sluice::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// True if the descriptor is in an epoll set of this process.
bool is_watched(int descriptor) {
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream lines(each.path());
    for (std::string word; lines >> word;)
      if (int watched; word == "tfd:" && lines >> watched && watched == descriptor) return true;
  }
  return false;
}

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

class WatchedDescriptor : public ::testing::Test, protected ReadyHandler {
 protected:
  WatchedDescriptor() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    watched.adopt(ends[0]);
  }
  ~WatchedDescriptor() override { ::close(ends[1]); }

  void wait() { EXPECT_EQ(watched.wait(Readiness::Read, *this, 7), 0); }
  void on_ready(std::uint64_t cookie, Readiness what) override { ready.emplace_back(cookie, what); }

  EpollEventLoop loop;
  net::WatchedDescriptor watched{loop};
  std::array<int, 2> ends{};
  std::vector<std::pair<std::uint64_t, Readiness>> ready;
};

TEST_F(WatchedDescriptor, DescriptorIsRegisteredFromFirstWaitUntilClose) {
  EXPECT_FALSE(is_watched(ends[0]));
  wait();
  EXPECT_TRUE(is_watched(ends[0]));
  ASSERT_EQ(::send(ends[1], "x", 1, 0), 1);
  loop.wait(kNever);
  EXPECT_THAT(ready, ElementsAre(Pair(7, Readiness::Read)));
  EXPECT_TRUE(is_watched(ends[0]));
  watched.close();
  EXPECT_FALSE(is_open(ends[0]));
  EXPECT_FALSE(is_watched(ends[0]));
  EXPECT_FALSE(watched.is_open());
}

TEST_F(WatchedDescriptor, CloseWithoutWaitClosesDescriptor) {
  watched.close();
  EXPECT_FALSE(is_open(ends[0]));
}

TEST_F(WatchedDescriptor, CancelledWaitDoesNotCallHandler) {
  watched.cancel();
  wait();
  ASSERT_EQ(::send(ends[1], "x", 1, 0), 1);
  watched.cancel();
  EXPECT_TRUE(loop.poll());
  EXPECT_THAT(ready, IsEmpty());
}

TEST_F(WatchedDescriptor, WaitCallsHandlerOnce) {
  wait();
  ASSERT_EQ(::send(ends[1], "x", 1, 0), 1);
  loop.poll();
  loop.poll();
  EXPECT_EQ(ready.size(), 1u);
}

TEST_F(WatchedDescriptor, WaitForBothReportsReadyDirection) {
  EXPECT_EQ(watched.wait(Readiness::Both, *this), 0);
  loop.poll();
  EXPECT_THAT(ready, ElementsAre(Pair(0, Readiness::Write)));
}

TEST_F(WatchedDescriptor, ClosedPeerIsReportedForRequestedDirection) {
  wait();
  ::shutdown(ends[1], SHUT_RDWR);
  loop.poll();
  EXPECT_THAT(ready, ElementsAre(Pair(7, Readiness::Read)));
}

TEST_F(WatchedDescriptor, DeferredWaitEndsAfterWaitsOfReadyDescriptors) {
  net::WatchedDescriptor other(loop);
  other.adopt(::dup(ends[1]));
  watched.defer(*this, 1);
  EXPECT_EQ(other.wait(Readiness::Write, *this, 2), 0);
  loop.poll();
  EXPECT_THAT(ready, ElementsAre(Pair(2, Readiness::Write), Pair(1, Readiness::Both)));
}

TEST_F(WatchedDescriptor, CancelledDeferredWaitCallsNoHandler) {
  watched.defer(*this);
  watched.cancel();
  EXPECT_TRUE(loop.poll());
  EXPECT_THAT(ready, IsEmpty());
}

TEST_F(WatchedDescriptor, LoopDescriptorIsReadableWhileWaitIsReady) {
  pollfd state{loop.descriptor(), POLLIN, 0};
  wait();
  EXPECT_EQ(::poll(&state, 1, 0), 0);
  ASSERT_EQ(::send(ends[1], "x", 1, 0), 1);
  EXPECT_EQ(::poll(&state, 1, 0), 1);
  loop.poll();
  EXPECT_EQ(::poll(&state, 1, 0), 0);
  loop.wake();
  EXPECT_EQ(::poll(&state, 1, 0), 1);
}

TEST_F(WatchedDescriptor, ReleasedDescriptorStaysOpenAndUnregistered) {
  wait();
  watched.release();
  EXPECT_FALSE(watched.is_open());
  EXPECT_FALSE(is_watched(ends[0]));
  EXPECT_TRUE(is_open(ends[0]));
  ::close(ends[0]);
}

TEST_F(WatchedDescriptor, WaitOnClosedDescriptorFailsAtOnce) {
  ::close(ends[0]);
  EXPECT_EQ(watched.wait(Readiness::Read, *this), EBADF);
  watched.release();  // nothing is left to close
}

}  // namespace
}  // namespace sluice::net
