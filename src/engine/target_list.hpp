#pragma once

#include <deque>
#include <optional>
#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <string>

#include "model/target_spec.hpp"

namespace sluice::engine {

/// The specifications of an -iL file, one after the other. All of them are checked first; of a long list only the text
/// is kept.
class TargetList {
 public:
  /// `path` is "-" for standard input, which is read to its end. The error names the file, and the line.
  static Result<TargetList> open(const std::string& path, Family family);

  /// Nothing at the end.
  std::optional<model::TargetSpec> next();
  [[nodiscard]] bool ended() const { return words_.empty() && at_ >= text_.size(); }
  /// How many addresses are still to come; names count as in TargetSpec::size.
  [[nodiscard]] double remaining() const { return remaining_; }

 private:
  TargetList(std::string text, Family family) : text_(std::move(text)), family_(family) {}
  std::optional<model::ListedTarget> word();

  std::string text_;
  Family family_;
  std::size_t at_ = 0, line_ = 0;
  double remaining_ = 0;
  std::deque<std::string> words_;  // of the line before at_
};

}  // namespace sluice::engine
