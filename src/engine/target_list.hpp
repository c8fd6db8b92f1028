// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>
#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <string>

#include "model/target_spec.hpp"

namespace sluice::engine {

/// The targets of a -iL file. open() checks all of them; next() parses them again one by one, so that only the text of
/// the file is in memory. Owned by the TargetFeed. Not thread-safe.
class TargetList {
 public:
  /// Checks the bytes of a file. `path`: for messages.
  /// Errors: a target has a wrong syntax; the message names the file and the line.
  static Result<TargetList> open(std::string bytes, const std::string& path, Family family);

  /// Returns the next target; nothing at the end.
  std::optional<model::TargetSpec> next();
  [[nodiscard]] bool ended() const { return words_.empty() && at_ >= text_.size(); }
  /// Returns the number of addresses that next() has not returned. Names count as in TargetSpec::size.
  [[nodiscard]] double remaining() const { return remaining_; }

 private:
  TargetList(std::string text, Family family) : text_(std::move(text)), family_(family) {}
  std::optional<model::ListedTarget> word();

  std::string text_;
  Family family_;
  std::size_t at_ = 0, line_ = 0;
  double remaining_ = 0;
  std::deque<std::string> words_;  // rest of the line before at_
};

}  // namespace sluice::engine
