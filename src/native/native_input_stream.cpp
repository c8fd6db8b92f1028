// SPDX-License-Identifier: Apache-2.0
#include "native/native_input_stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/text.hpp"

namespace sluice::net {

namespace {

constexpr std::size_t kPiece = 64 * 1024;

Error failed(const std::string& path, int error) {
  return Error{(path == "-" ? "standard input" : shortened(path)) + ": " + std::generic_category().message(error),
               ErrorCode::UnreadableFile};
}

}  // namespace

Result<std::unique_ptr<InputStream>> NativeInputStream::open(EpollEventLoop& loop, const std::string& path) {
  // Without O_NONBLOCK, the open of a FIFO would wait for a writer.
  const int descriptor = path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                     : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return failed(path, errno);
  std::unique_ptr<NativeInputStream> stream(new NativeInputStream(loop, descriptor));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return failed(path, errno);
  if (S_ISDIR(status.st_mode)) return failed(path, EISDIR);

  if (const int error = stream->watch()) return failed(path, error);
  return std::unique_ptr<InputStream>(std::move(stream));
}

int NativeInputStream::watch() {
  const int error = descriptor_.wait(Readiness::Read, *this);
  ready_ = error == EPERM;  // a regular file
  return ready_ ? 0 : error;
}

void NativeInputStream::on_ready(std::uint64_t, Readiness) { ready_ = true; }

void NativeInputStream::read_into(std::string& to) {
  if (!ready_ || ended_) return;
  // The descriptor may be in blocking mode, and another process that shares it may have read the bytes.
  pollfd state{descriptor_.number(), POLLIN, 0};
  int failure = 0;
  if (::poll(&state, 1, 0) == 0) {
    failure = EAGAIN;
  } else {
    const std::size_t before = to.size();
    to.resize(before + kPiece);
    ssize_t got;
    do {
      got = ::read(descriptor_.number(), to.data() + before, kPiece);
    } while (got < 0 && errno == EINTR);
    failure = got < 0 ? errno : 0;
    to.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
    ended_ = got <= 0 && failure != EAGAIN;
  }
  if (failure == EAGAIN) failure = watch();
  if (failure == 0) return;
  error_ = failure;
  ended_ = true;
}

}  // namespace sluice::net
