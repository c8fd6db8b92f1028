// SPDX-License-Identifier: Apache-2.0
#include "output/json_value.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <unordered_set>

#include "output/escape.hpp"

namespace sluice::output {
namespace {

/// True if a JSON object can have the fields: their names are UTF-8, and differ.
bool fit_object(const std::vector<Value::Field>& fields) {
  if (!std::ranges::all_of(fields, [](const Value::Field& field) { return is_utf8(field.key); })) return false;
  std::unordered_set<std::string_view> names;
  return std::ranges::all_of(fields, [&](const Value::Field& field) { return names.insert(field.key).second; });
}

void append_bytes(JsonText& json, const std::string& bytes) {
  if (is_utf8(bytes)) return json.text(bytes);
  json.begin('{');
  json.key("$base64");
  json.word(base64(bytes));
  json.end('}');
}

void append_items(JsonText& json, const std::vector<Value>& items) {
  json.begin('[');
  for (const Value& item : items) append_value(json, item);
  json.end(']');
}

void append_table(JsonText& json, const Value::Table& table) {
  if (table.fields.empty()) return append_items(json, table.items);
  json.begin('{');
  if (!table.items.empty()) {
    json.key("$items");
    append_items(json, table.items);
  }
  if (fit_object(table.fields)) {
    for (const auto& [key, value] : table.fields) {
      json.any_key((key.starts_with('$') ? "$" : "") + key);
      append_value(json, value);
    }
  } else {
    json.key("$fields");
    json.begin('[');
    for (const auto& [key, value] : table.fields) {
      json.begin('[');
      append_bytes(json, key);
      append_value(json, value);
      json.end(']');
    }
    json.end(']');
  }
  json.end('}');
}

}  // namespace

void append_value(JsonText& json, const Value& value) {
  std::visit(
      [&](const auto& data) {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<Data, Value::Table>)
          append_table(json, data);
        else if constexpr (std::is_same_v<Data, std::string>)
          append_bytes(json, data);
        else if constexpr (std::is_same_v<Data, bool>)
          json.boolean(data);
        else if constexpr (std::is_same_v<Data, double>)
          std::isfinite(data) ? json.number(data) : json.word(to_text(value));  // JSON has no infinities and no NaN
        else
          json.number(data);
      },
      value.data);
}

}  // namespace sluice::output
