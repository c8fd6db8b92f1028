// SPDX-License-Identifier: Apache-2.0
#include "engine/target_list.hpp"

#include <algorithm>
#include <string_view>

#include "base/text_decoder.hpp"

namespace sluice::engine {

Result<TargetList> TargetList::open(std::string bytes, const std::string& path, Family family) {
  TargetList list(decode_text(std::move(bytes), TextDecoder::Marks::AtLines), family);
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
  // open() has checked the text, but the interface of an IPv6 scope may have been removed since.
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
