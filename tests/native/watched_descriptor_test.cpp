#include "native/watched_descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "native/asio_event_loop.hpp"

namespace sluice::net {
namespace {

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

class WatchedDescriptor : public ::testing::Test {
 protected:
  WatchedDescriptor() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    watched.adopt(ends[0]);
  }
  ~WatchedDescriptor() override { ::close(ends[1]); }

  void wait() {
    EXPECT_FALSE(
        watched.wait(net::WatchedDescriptor::kReadable, [this](const std::error_code& failure) { told = failure; }));
  }

  AsioEventLoop loop;
  net::WatchedDescriptor watched{loop.io()};
  std::array<int, 2> ends{};
  std::optional<std::error_code> told;
};

TEST_F(WatchedDescriptor, DescriptorIsRegisteredFromFirstWaitUntilClose) {
  EXPECT_FALSE(is_watched(ends[0]));
  wait();
  EXPECT_TRUE(is_watched(ends[0]));
  ASSERT_EQ(::send(ends[1], "x", 1, 0), 1);
  loop.wait(kNever);
  EXPECT_EQ(told, std::error_code());
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

TEST_F(WatchedDescriptor, CancelledWaitCompletesAsAborted) {
  watched.cancel();
  wait();
  watched.cancel();
  loop.poll();
  EXPECT_EQ(told, asio::error::operation_aborted);
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
  EXPECT_EQ(watched.wait(net::WatchedDescriptor::kReadable, [](const std::error_code&) { FAIL(); }).value(), EBADF);
  watched.release();  // nothing is left to close
}

}  // namespace
}  // namespace sluice::net
