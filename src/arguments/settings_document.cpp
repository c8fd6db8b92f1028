// SPDX-License-Identifier: Apache-2.0
#include "arguments/settings_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sluice/quote.hpp>
#include <tuple>

// Only this source includes toml++, because it takes long to compile. It is used as headers only, so that libsluice
// links no further library.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace sluice::arguments {

namespace {

std::vector<SettingEntry> entries_of(const toml::table& table);

SettingValue value_of(const toml::node& node) {
  using Kind = SettingValue::Kind;
  SettingValue value;
  if (const auto* truth = node.as_boolean()) {
    value.kind = Kind::Boolean;
    value.on = truth->get();
  } else if (const auto* number = node.as_integer()) {
    value.kind = Kind::Number;
    value.text = std::to_string(number->get());
  } else if (const auto* decimal = node.as_floating_point()) {
    value.kind = Kind::Number;
    value.text = fmt::format("{}", decimal->get());
  } else if (const auto* text = node.as_string()) {
    value.kind = Kind::Text;
    value.text = text->get();
  } else if (const auto* list = node.as_array()) {
    value.kind = Kind::List;
    for (const toml::node& item : *list) value.items.push_back(value_of(item));
  } else if (const auto* table = node.as_table()) {
    value.kind = Kind::Table;
    value.entries = entries_of(*table);
  }
  return value;
}

std::vector<SettingEntry> entries_of(const toml::table& table) {
  std::vector<std::tuple<toml::source_position, const toml::key*, const toml::node*>> found;
  for (auto&& [key, node] : table) found.emplace_back(key.source().begin, &key, &node);
  std::ranges::sort(found, [](const auto& a, const auto& b) { return std::get<0>(a) < std::get<0>(b); });
  std::vector<SettingEntry> entries;
  entries.reserve(found.size());
  for (const auto& [position, key, node] : found)
    entries.push_back({std::string(key->str()), position.line, value_of(*node)});
  return entries;
}

}  // namespace

Result<std::vector<SettingEntry>> parse_toml(std::string_view text, const std::string& path) {
  const toml::parse_result parsed = toml::parse(text);
  if (parsed) return entries_of(parsed.table());
  const toml::parse_error& error = parsed.error();
  return Error{fmt::format("{}:{}: {}", path, error.source().begin.line, shortened(error.description()))};
}

}  // namespace sluice::arguments
