// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/input_stream.hpp"

namespace sluice::engine {

/// An input that may not give the same again, such as a pipe or a file that can change: passes on what the run has read
/// of it, then what arrives now. Not thread-safe.
class RecordedInput final : public net::InputStream {
 public:
  /// Receives the bytes that arrive now, before they are passed on.
  using Record = std::function<void(std::string_view bytes)>;
  /// `earlier`: bytes from earlier attempts. `input`: null if nothing more arrives.
  RecordedInput(std::string earlier, std::unique_ptr<net::InputStream> input, Record record)
      : earlier_(std::move(earlier)), input_(std::move(input)), record_(std::move(record)) {}

  [[nodiscard]] bool ready() const noexcept override { return has_earlier() || !input_ || input_->ready(); }
  [[nodiscard]] bool ended() const noexcept override { return !has_earlier() && (!input_ || input_->ended()); }
  void read_into(std::string& to) override {
    constexpr std::size_t kPiece = 1 << 16;
    if (has_earlier()) {
      const std::string_view piece = std::string_view(earlier_).substr(at_, kPiece);
      to += piece;
      at_ += piece.size();
    } else if (input_) {
      const std::size_t before = to.size();
      input_->read_into(to);
      if (to.size() > before) record_(std::string_view(to).substr(before));
    }
  }
  [[nodiscard]] int error() const noexcept override { return input_ ? input_->error() : 0; }

 private:
  [[nodiscard]] bool has_earlier() const noexcept { return at_ < earlier_.size(); }

  const std::string earlier_;
  std::size_t at_ = 0;
  const std::unique_ptr<net::InputStream> input_;
  const Record record_;
};

}  // namespace sluice::engine
