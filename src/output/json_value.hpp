#pragma once

#include <nlohmann/json.hpp>
#include <sluice/value.hpp>

namespace sluice::output {

/// A script's value without loss (docs/ndjson.md, "Structured values"): scalars keep their type; a table is an array
/// when it has no fields, else an object whose list items stand under "$items"; a string that is not UTF-8 is
/// {"$base64": ...}; a field whose own name begins with "$" gets a second one.
nlohmann::ordered_json json_value(const Value& value);

}  // namespace sluice::output
