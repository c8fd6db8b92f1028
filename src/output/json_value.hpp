// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <sluice/value.hpp>

namespace sluice::output {

/// Converts a script's value without loss (docs/ndjson.md, "Structured values"). Scalars keep their types. A table
/// without fields is an array; other tables are objects with their list items in "$items". A string that is not UTF-8
/// is {"$base64": ...}. A field name that begins with "$" gets another "$".
nlohmann::ordered_json json_value(const Value& value);

}  // namespace sluice::output
