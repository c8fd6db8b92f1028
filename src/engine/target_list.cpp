#include "engine/target_list.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace sluice::engine {

Result<std::string> read_text(const std::string& path) {
  const auto failed = [&](int error) {
    return Error{(path == "-" ? "standard input" : path) + ": " + std::generic_category().message(error)};
  };
  const int descriptor = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return failed(errno);
  std::string text;
  constexpr std::size_t kPiece = 64 * 1024;
  int error = 0;
  for (;;) {
    const std::size_t before = text.size();
    text.resize(before + kPiece);
    const ssize_t got = ::read(descriptor, text.data() + before, kPiece);
    error = got < 0 ? errno : 0;
    text.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got == 0 || (error != 0 && error != EINTR)) break;
  }
  if (path != "-") ::close(descriptor);
  if (error != 0) return failed(error);
  return text;
}

Result<TargetList> TargetList::open(const std::string& path, Family family) {
  auto text = read_text(path);
  if (!text) return text.error();
  TargetList list(std::move(*text), family);
  while (const auto word = list.word()) {
    auto spec = model::parse(*word, path, family);
    if (!spec) return spec.error();
    list.remaining_ += spec->size();
  }
  list.at_ = list.line_ = 0;
  return list;
}

std::optional<model::TargetSpec> TargetList::next() {
  const auto target = word();
  if (!target) return std::nullopt;
  auto spec = model::TargetSpec::parse(target->text, family_);
  // It was checked; but the interface of an IPv6 scope can have gone since.
  if (!spec) return next();
  remaining_ -= spec->size();
  return std::move(*spec);
}

std::optional<model::ListedTarget> TargetList::word() {
  while (words_.empty()) {
    if (at_ >= text_.size()) return std::nullopt;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    for (model::ListedTarget& target : model::read_target_list(std::string_view(text_).substr(at_, end - at_)))
      words_.push_back(std::move(target.text));
    at_ = end + 1;
    ++line_;
  }
  model::ListedTarget target{std::move(words_.front()), line_};
  words_.pop_front();
  return target;
}

}  // namespace sluice::engine
