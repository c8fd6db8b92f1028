// SPDX-License-Identifier: Apache-2.0
#include "output/json_value.hpp"

#include <cmath>
#include <type_traits>

#include "output/escape.hpp"

namespace sluice::output {
namespace {

using Json = nlohmann::ordered_json;

Json json_table(const Value::Table& table) {
  Json items = Json::array();
  for (const Value& item : table.items) items.push_back(json_value(item));
  if (table.fields.empty()) return items;
  Json object = Json::object();
  if (!table.items.empty()) object["$items"] = std::move(items);
  for (const auto& [key, value] : table.fields)
    object[(key.starts_with('$') ? "$" : "") + to_utf8(key)] = json_value(value);
  return object;
}

}  // namespace

Json json_value(const Value& value) {
  return std::visit(
      [&](const auto& data) -> Json {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<Data, Value::Table>) {
          return json_table(data);
        } else if constexpr (std::is_same_v<Data, std::string>) {
          if (!is_utf8(data)) return Json::object({{"$base64", base64(data)}});
          return data;
        } else if constexpr (std::is_same_v<Data, double>) {
          if (!std::isfinite(data)) return to_text(value);  // JSON has no infinities and no NaN
          return data;
        } else {
          return data;
        }
      },
      value.data);
}

}  // namespace sluice::output
