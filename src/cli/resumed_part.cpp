// SPDX-License-Identifier: Apache-2.0
#include "cli/resumed_part.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cli/report_lines.hpp"

namespace sluice::cli {

namespace {

constexpr std::size_t kPiece = 1 << 16;
/// Longest distance from the begin of a report to the identity of its run, in bytes: XML has the stylesheet between.
constexpr off_t kMaxHead = 1 << 15;

}  // namespace

ResumedPart::ResumedPart(const std::string& path, Format format, bool append)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)), format_(format), append_(append) {
  if (!append) skipped_ = Range{0, 0};
}

ResumedPart::~ResumedPart() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string ResumedPart::read(off_t at, std::size_t size) const {
  std::string bytes(size, '\0');
  const ssize_t got = ::pread(descriptor_, bytes.data(), size, at);
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}

void ResumedPart::find(std::string_view opening) {
  const std::string_view identity = run_identity(format_, opening);
  if (identity.empty()) return;
  std::optional<off_t> last, earlier;
  for (off_t at = 0;;) {
    const std::string piece = read(at, std::max(kPiece, 2 * identity.size()));
    if (piece.size() < identity.size()) break;
    for (std::size_t found = piece.find(identity); found != std::string::npos; found = piece.find(identity, found + 1))
      earlier = std::exchange(last, at + static_cast<off_t>(found));
    at += static_cast<off_t>(piece.size() - identity.size() + 1);
  }
  if (!last) return;
  const off_t from = std::max<off_t>(*last - kMaxHead, 0);
  const std::string_view begin = report_begin(format_);
  const std::string head = read(from, static_cast<std::size_t>(*last - from) + begin.size());
  const std::size_t found = head.rfind(begin);
  if (found == std::string::npos) return;
  identity_ = *last;
  earlier_ = earlier;
  line_ = from + static_cast<off_t>(found);
  skipped_ = Range{line_, line_};
}

std::string_view ResumedPart::skip(std::string_view bytes) {
  if (bytes.empty()) return bytes;
  if (append_ && !std::exchange(searched_, true)) find(bytes);
  if (!skipped_) return bytes;
  const std::string there = read(skipped_->end, bytes.size());
  const auto equal =
      static_cast<std::size_t>(std::mismatch(there.begin(), there.end(), bytes.begin()).first - there.begin());
  if (const std::size_t feed = bytes.substr(0, equal).rfind('\n'); feed != std::string_view::npos)
    line_ = skipped_->end + static_cast<off_t>(feed) + 1;
  skipped_->end += static_cast<off_t>(equal);
  return bytes.substr(equal);
}

bool ResumedPart::can_be_of_run(off_t from, off_t end, off_t identity) const {
  ReportLines lines(format_);
  std::string open;  // the line that has begun
  off_t begin = from, at = from;
  const auto belongs = [&](bool complete) {
    const bool known = begin <= identity || lines.add(open, complete);
    begin += static_cast<off_t>(open.size()) + 1;
    open.clear();
    return known;
  };
  while (at < end) {
    const std::string piece = read(at, std::min(kPiece, static_cast<std::size_t>(end - at)));
    if (piece.empty()) return false;
    at += static_cast<off_t>(piece.size());
    std::string_view left = piece;
    for (std::size_t feed; (feed = left.find('\n')) != std::string_view::npos; left.remove_prefix(feed + 1)) {
      open += left.substr(0, feed);
      if (!belongs(true)) return false;
    }
    open += left;
  }
  return (open.empty() || belongs(false)) && lines.all_belong();
}

ResumedPart::Rest ResumedPart::rest() const {
  if (!skipped_) return Rest::None;
  if (!append_) return Rest::OfRun;
  const off_t end = ::lseek(descriptor_, 0, SEEK_END);
  if (end == skipped_->end) return Rest::None;
  if (earlier_ && can_be_of_run(*earlier_, skipped_->begin, *earlier_)) return Rest::OfOthers;
  return can_be_of_run(line_, end, identity_) ? Rest::OfRun : Rest::OfOthers;
}

}  // namespace sluice::cli
