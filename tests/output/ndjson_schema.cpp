// SPDX-License-Identifier: Apache-2.0
// Prints the JSON Schema of NDJSON. `make schema` writes it to docs/ndjson.schema.json.
#include <cstdio>

#include "output/json_schema.hpp"

int main() { return std::fputs(sluice::output::json_schema().c_str(), stdout) < 0; }
