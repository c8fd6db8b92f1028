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

namespace {

template <class Predicate>
std::vector<const Option*> main_options(Predicate is_wanted) {
  std::vector<const Option*> found;
  for (const OptionSection& section : option_sections())
    for (const OptionRow& row : option_rows(section.options))
      for (const Option* option : row)
        if (!option->alias && is_wanted(*option)) found.push_back(option);
  return found;
}

}  // namespace

std::vector<const Option*> ignored_by_explain() {
  return main_options([](const Option& option) { return is_ignored_by(option, CommandLine::Wish::Explain); });
}
std::vector<const Option*> refused_by_explain() {
  return main_options([](const Option& option) { return !option.instead_in_explain.empty(); });
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

std::string_view help_of(const OptionRow& row, CommandLine::Wish wish) {
  const Option& first = *row.front();
  return first.together.empty() ? meaning_for(first, wish).help : first.together;
}

Meaning meaning_for(const Option& option, CommandLine::Wish wish) {
  for (const Meaning& meaning : option.meanings)
    if (meaning.wish == wish) return meaning;
  return {wish, option.help, option.text};
}

}  // namespace sluice::arguments
