#include "native/asio_event_loop.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace sluice::net {

namespace {

constexpr int kMaxAtOnce = 1024;  ///< handlers of one poll

int open_event() {
  const int event = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return event;
}

}  // namespace

AsioEventLoop::AsioEventLoop()
    : work_(io_.get_executor()), event_(io_, open_event()), event_number_(event_.native_handle()) {
  watch();
}

void AsioEventLoop::wait(TimePoint until) {
  if (until == kNever)
    io_.run_one();
  else
    io_.run_one_until(until);
  poll();
}

bool AsioEventLoop::poll() {
  for (int handled = 0; handled < kMaxAtOnce; ++handled)
    if (io_.poll_one() == 0) return true;
  return false;
}

void AsioEventLoop::wake() noexcept {
  const int before = errno;
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the loop wakes anyway.
  [[maybe_unused]] const ssize_t written = ::write(event_number_, &one, sizeof one);
  errno = before;
}

void AsioEventLoop::watch() {
  event_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const std::error_code& failure) {
    if (failure) return;
    std::uint64_t count;
    [[maybe_unused]] const ssize_t taken = ::read(event_number_, &count, sizeof count);
    watch();
  });
}

}  // namespace sluice::net
