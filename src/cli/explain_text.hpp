// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <sluice/explain.hpp>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Writes answers as text: a title for each host and port, and a line for each script. Not thread-safe.
class ExplainText {
 public:
  using Sink = std::function<void(std::string_view bytes)>;
  explicit ExplainText(Sink sink) : sink_(std::move(sink)) {}
  void add(const RuleAnswer& answer);

 private:
  void add_titles(const RuleAnswer& answer);

  const Sink sink_;
  std::optional<std::string> group_, port_;  ///< titles of the last answer
};

/// Writes answers as a JSON array (docs/explain.md, "JSON"). Not thread-safe.
class ExplainJson {
 public:
  using Sink = ExplainText::Sink;
  explicit ExplainJson(Sink sink) : sink_(std::move(sink)) {}
  void add(const RuleAnswer& answer);
  /// Ends the array. Called once.
  void finish();

 private:
  const Sink sink_;
  bool any_ = false;
};

}  // namespace sluice::cli
