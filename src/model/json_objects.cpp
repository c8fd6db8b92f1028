// SPDX-License-Identifier: Apache-2.0
#include "model/json_objects.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "model/known_place.hpp"

namespace sluice::model {

namespace {

constexpr std::size_t kLongest = std::size_t{1} << 20;
/// Bounds the recursion of the JSON parser. Scanners write less.
constexpr std::size_t kDeepest = 32;

/// True if `text` is a number, true, false or null, with commas and closing brackets behind it.
bool is_primitive(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t,]}");
  const std::string_view value = text.substr(0, end == std::string_view::npos ? 0 : end + 1);
  constexpr std::string_view kOfNumbers = "+-.0123456789eE";
  if (value == "true" || value == "false" || value == "null") return true;
  return !value.empty() && (is_digit(value.front()) || value.front() == '-') &&
         value.find_first_not_of(kOfNumbers) == std::string_view::npos;
}

}  // namespace

bool JsonObjects::begins(std::string_view line) {
  if (line.starts_with('[') || line.starts_with(',')) line = trim(line.substr(1));
  return line.starts_with('{');
}

bool JsonObjects::continues(std::string_view line) const {
  line = trim(line);
  if (line.empty()) return true;
  const std::size_t last = text_.find_last_not_of(" \t\n");
  const char before = text_[last];  // an open object has its bracket at least
  // True for a value. A new object here would mean that the open one was cut off.
  if (line.front() == '{') return before == ':' || (brackets_.back() == '[' && (before == '[' || before == ','));
  if (line.front() == '[') {
    KnownPort place;
    return before == ':' && !parse_place(line, place);
  }
  constexpr std::string_view kParts = "\"}],:";
  return kParts.find(line.front()) != std::string_view::npos || is_primitive(line);
}

Result<std::vector<std::string>> JsonObjects::add(std::string_view line) {
  std::vector<std::string> objects;
  arrays_ = 0;
  if (open()) text_ += '\n';
  for (const char byte : line) {
    Result<void> taken = add(byte, objects);
    if (taken && text_.size() > kLongest) taken = Error{"a JSON object is longer than 1 MiB"};
    if (taken) continue;
    brackets_.clear();
    return taken.error();
  }
  if (in_string_) {
    brackets_.clear();
    return wrong_part(line, "is not JSON: a string has no end");
  }
  lines_ = open() ? lines_ + 1 : 0;
  return objects;
}

Result<void> JsonObjects::add(char byte, std::vector<std::string>& objects) {
  const bool opens = byte == '{' || byte == '[', closes = byte == '}' || byte == ']';
  if (!open()) {
    const bool between = is_space(byte) || byte == ',' || byte == ']' || byte == '[';
    if (byte == '[' && ++arrays_ > 1) return Error{"a JSON array of arrays has no ports"};
    if (between) return {};
    if (byte != '{') return wrong_part(std::string(1, byte), "is not a JSON object");
    text_.clear();
    in_string_ = escaped_ = false;
    lines_ = 0;
  }
  text_ += byte;
  if (in_string_) {
    if (!std::exchange(escaped_, byte == '\\' && !escaped_) && byte == '"') in_string_ = false;
    return {};
  }
  if (byte == '"') in_string_ = true;
  if (opens) brackets_ += byte;
  if (brackets_.size() > kDeepest) return Error{"a JSON object is nested too deeply"};
  if (closes && brackets_.back() != (byte == '}' ? '{' : '[')) return wrong_part(text_, "is not a JSON object");
  if (closes) brackets_.pop_back();
  if (closes && brackets_.empty()) objects.push_back(std::exchange(text_, {}));
  return {};
}

Error JsonObjects::drop() {
  brackets_.clear();
  return wrong_part(text_.substr(0, text_.find('\n')),
                    lines_ == 1 ? "is not a JSON object: it has no end" : "begins a JSON object that has no end");
}

}  // namespace sluice::model
