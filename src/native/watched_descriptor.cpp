#include "native/watched_descriptor.hpp"

#include <unistd.h>

namespace sluice::net {

void WatchedDescriptor::cancel() noexcept {
  std::error_code ignored;
  if (watch_.is_open()) watch_.cancel(ignored);
}

void WatchedDescriptor::close() noexcept {
  const int descriptor = std::exchange(number_, -1);
  std::error_code ignored;
  if (watch_.is_open())
    watch_.close(ignored);
  else if (descriptor >= 0)
    ::close(descriptor);
}

void WatchedDescriptor::release() noexcept {
  number_ = -1;
  if (watch_.is_open()) watch_.release();
}

}  // namespace sluice::net
