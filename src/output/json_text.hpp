// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <string>
#include <string_view>

#include "output/escape.hpp"

namespace sluice::output {

/// Appends a JSON document to a string, without white space. Not thread-safe.
class JsonText {
 public:
  explicit JsonText(std::string& out) noexcept : out_(out) {}

  /// Begins an object ('{') or an array ('[').
  void begin(char bracket) {
    separate();
    out_ += bracket;
  }
  /// Ends an object ('}') or an array (']').
  void end(char bracket) { out_ += bracket; }
  /// Begins a member of an object. `name`: needs no escapes.
  void key(std::string_view name) {
    separate();
    ((out_ += '"').append(name) += '"') += ':';
  }
  /// Begins a member of an object. `name`: any bytes.
  void any_key(std::string_view name) {
    text(name);
    out_ += ':';
  }
  /// Appends a string. Bytes that are not UTF-8 become \xHH.
  void text(std::string_view text) {
    separate();
    append_json_string(out_, text);
  }
  /// Appends a string that needs no escapes.
  void word(std::string_view text) {
    separate();
    (out_ += '"').append(text) += '"';
  }
  void boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
  }
  void number(std::integral auto value) { append(value); }
  /// Appends the shortest text that has this value; it has a point or an exponent. REQUIRES: `value` is finite.
  void number(double value) {
    const std::size_t before = out_.size();
    append(value);
    if (out_.find_first_of(".e", before) == std::string::npos) out_ += ".0";
  }

 private:
  void separate() {
    if (!out_.empty() && std::string_view("{[:").find(out_.back()) == std::string_view::npos) out_ += ',';
  }
  void append(auto value) {
    separate();
    char digits[32];
    out_.append(digits, std::to_chars(std::begin(digits), std::end(digits), value).ptr);
  }

  std::string& out_;
};

}  // namespace sluice::output
