// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/read_buffer.hpp"

#include <algorithm>

namespace sluice::nse {

void ReadBuffer::add(std::string_view data) {
  data_.erase(0, taken_);
  searched_ -= std::min(searched_, taken_);
  taken_ = 0;
  data_ += data;
}

ReadBuffer::Portion ReadBuffer::pop(std::size_t count) noexcept {
  const std::string_view text = std::string_view(data_).substr(taken_, count);
  taken_ += text.size();
  return {text};
}

std::optional<ReadBuffer::Portion> ReadBuffer::line(bool keep) {
  const std::size_t newline = data_.find('\n', std::max(taken_, searched_));
  if (newline == std::string::npos) {
    searched_ = data_.size();
    if (!ended_) return std::nullopt;
    return size() == 0 ? Portion{.success = false} : pop(size());
  }
  Portion portion = pop(newline + 1 - taken_);
  if (!keep) portion.text.remove_suffix(1);
  return portion;
}

std::optional<ReadBuffer::Portion> ReadBuffer::bytes(std::size_t count) {
  // A read of 0 bytes needs one byte, too: it fails at the end of the file.
  if (!ended_ && size() < std::max<std::size_t>(count, 1)) return std::nullopt;
  return size() == 0 ? Portion{.success = false} : pop(count);
}

std::optional<ReadBuffer::Portion> ReadBuffer::all() {
  if (!ended_) return std::nullopt;
  return pop(size());
}

std::optional<ReadBuffer::Portion> ReadBuffer::number() {
  constexpr std::string_view kSpace = " \t\n\v\f\r", kDecimal = "0123456789", kHexadecimal = "0123456789abcdefABCDEF";
  taken_ = std::min(data_.find_first_not_of(kSpace, taken_), data_.size());
  std::size_t at = taken_;
  bool more = false, too_long = false;
  const auto accept = [&](std::string_view any_of) {
    if (at == data_.size()) more = true;
    if (more || too_long || any_of.find(data_[at]) == std::string_view::npos) return false;
    too_long = at - taken_ == kLongestNumber;
    at += too_long ? 0 : 1;
    return !too_long;
  };
  std::string_view digits = kDecimal;
  bool any = false;
  const auto accept_digits = [&] {
    while (accept(digits)) any = true;
  };
  accept("+-");
  if (accept("0")) {
    if (accept("xX"))
      digits = kHexadecimal;
    else
      any = true;
  }
  const bool hexadecimal = digits == kHexadecimal;
  accept_digits();
  if (accept(".")) accept_digits();
  if (any && accept(hexadecimal ? "pP" : "eE")) {
    accept("+-");
    digits = kDecimal;
    accept_digits();
  }
  if (more && !ended_) return std::nullopt;
  Portion portion = pop(at - taken_);
  portion.success = !too_long;
  return portion;
}

}  // namespace sluice::nse
