// SPDX-License-Identifier: Apache-2.0
#include "arguments/option_rows.hpp"

namespace sluice::arguments {

std::vector<OptionRow> option_rows(std::span<const Option> options) {
  std::vector<OptionRow> rows;
  for (const Option& option : options) {
    const bool family = option.help.empty() && option.instead.empty() && !option.alias;
    if (family) continue;
    const bool joins =
        option.instead.empty() ? option.text.empty() : !rows.empty() && rows.back().front()->instead == option.instead;
    if (!joins) rows.emplace_back();
    rows.back().push_back(&option);
  }
  return rows;
}

std::string with_value(const Option& option) {
  std::string text = with_dashes(option.name);
  const std::string placeholder(option.value.placeholder);
  if (placeholder.empty()) return text;
  if (option.value.takes == Takes::Value) return text + ' ' + placeholder;
  return text + (text.starts_with("--") ? "[=" : "[") + placeholder + ']';
}

std::string_view help_of(const OptionRow& row) {
  const Option& first = *row.front();
  return first.together.empty() ? first.help : first.together;
}

}  // namespace sluice::arguments
