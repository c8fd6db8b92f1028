#include "net/watched.hpp"

#include <unistd.h>

namespace sluice::net {

void Watched::cancel() noexcept {
  std::error_code ignored;
  if (watch_.is_open()) watch_.cancel(ignored);
}

void Watched::close() noexcept {
  const int descriptor = std::exchange(number_, -1);
  std::error_code ignored;
  if (watch_.is_open())
    watch_.close(ignored);
  else if (descriptor >= 0)
    ::close(descriptor);
}

void Watched::release() noexcept {
  number_ = -1;
  if (watch_.is_open()) watch_.release();
}

}  // namespace sluice::net
