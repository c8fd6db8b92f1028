#include "native/asio_input_stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/text.hpp"

namespace sluice::net {

namespace {

constexpr std::size_t kPiece = 64 * 1024;

Error failed(const std::string& path, int error) {
  return Error{(path == "-" ? "standard input" : shortened(path)) + ": " + std::generic_category().message(error)};
}

}  // namespace

Result<std::unique_ptr<InputStream>> AsioInputStream::open(AsioEventLoop& loop, const std::string& path) {
  // O_NONBLOCK, or a FIFO would be waited for.
  const int descriptor = path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                     : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return failed(path, errno);
  std::unique_ptr<AsioInputStream> stream(new AsioInputStream(loop, descriptor));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return failed(path, errno);
  if (S_ISDIR(status.st_mode)) return failed(path, EISDIR);

  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) return failed(path, errno);
  epoll_event interest{};
  interest.events = EPOLLIN;
  if (::epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &interest) != 0) {
    const int error = errno;
    ::close(set);
    if (error != EPERM) return failed(path, error);
    return std::unique_ptr<InputStream>(std::move(stream));
  }
  std::error_code failure;
  stream->watched_.assign(set, failure);
  if (failure) {
    ::close(set);
    return failed(path, failure.value());
  }
  return std::unique_ptr<InputStream>(std::move(stream));
}

AsioInputStream::AsioInputStream(AsioEventLoop& loop, int descriptor) : descriptor_(descriptor), watched_(loop.io()) {}

AsioInputStream::~AsioInputStream() { ::close(descriptor_); }

void AsioInputStream::read_into(std::string& to) {
  if (!ready_ || ended_) return;
  if (watched_.is_open()) {
    // Where the mode is blocking, this tells whether read would.
    pollfd state{descriptor_, POLLIN, 0};
    if (::poll(&state, 1, 0) == 0 || state.revents == 0) return watch();
  }
  const std::size_t before = to.size();
  to.resize(before + kPiece);
  ssize_t got;
  do {
    got = ::read(descriptor_, to.data() + before, kPiece);
  } while (got < 0 && errno == EINTR);
  const int failure = got < 0 ? errno : 0;
  to.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (failure == EAGAIN) return watch();
  error_ = failure;
  ended_ = got <= 0;
}

void AsioInputStream::watch() {
  ready_ = false;
  watched_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [this, alive = std::weak_ptr(alive_)](const std::error_code&) {
                        if (!alive.expired()) ready_ = true;
                      });
}

}  // namespace sluice::net
