// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace sluice::output {

/// Returns the JSON Schema (2020-12) of a line of NDJSON, as docs/ndjson.schema.json contains it. Thread-safe.
std::string json_schema();

}  // namespace sluice::output
