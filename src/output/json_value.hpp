// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/value.hpp>

#include "output/json_text.hpp"

namespace sluice::output {

/// Appends a structured value as JSON (docs/ndjson.md, "Structured values").
void append_value(JsonText& json, const Value& value);

}  // namespace sluice::output
