// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <sluice/value.hpp>

namespace sluice {

namespace {

std::string float_text(double number) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.14g", number);
  std::string text = buffer;
  // Lua shows that a number is a float by ".0". "inf" and "nan" need none.
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

struct ToText {
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return float_text(number); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const Value::Table&) const { return {}; }
};

}  // namespace

std::string to_text(const Value& scalar) { return std::visit(ToText{}, scalar.data); }

}  // namespace sluice
