// SPDX-License-Identifier: Apache-2.0
#include "base/text_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/text.hpp"

namespace sluice {

Result<std::string> read_descriptor(int descriptor) {
  std::string bytes;
  constexpr std::size_t kPiece = std::size_t{64} * 1024;
  for (;;) {
    const std::size_t before = bytes.size();
    bytes.resize(before + kPiece);
    const ssize_t got = ::read(descriptor, bytes.data() + before, kPiece);
    const int error = got < 0 ? errno : 0;
    bytes.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got == 0) return bytes;
    if (error != 0 && error != EINTR) return Error{std::generic_category().message(error), ErrorCode::UnreadableFile};
  }
}

Result<std::string> read_bytes(const std::string& path) {
  const bool standard_input = path == "-";
  const std::string failed = "cannot read " + (standard_input ? "standard input" : in_quotes(path));
  const int descriptor = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Error{failed + ": " + std::generic_category().message(errno), ErrorCode::UnreadableFile};
  auto bytes = read_descriptor(descriptor);
  if (!standard_input) ::close(descriptor);
  if (!bytes) return bytes.error().in(failed);
  return bytes;
}

Result<std::string> read_text_file(const std::string& path, TextDecoder::Marks marks) {
  auto bytes = read_bytes(path);
  if (!bytes) return bytes;
  return decode_text(std::move(*bytes), marks);
}

}  // namespace sluice
