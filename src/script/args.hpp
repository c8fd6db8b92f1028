// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/result.hpp>
#include <sluice/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::script {

/// Returns the text for parse_script_args(). `file`: contents of the `--script-args-file`; commas and white space at
/// its end are removed. `option`: value of `--script-args`. A comma separates both.
std::string script_args_text(const std::optional<std::string>& file, const std::optional<std::string>& option);

/// Parses the value of `--script-args` (docs/nse-compat.md, "Choice of scripts and their arguments"). Returns a table
/// whose scalars are strings. Unnamed values become its items, in their order. If a name is repeated, its last value is
/// kept. Blank text gives an empty table. Text behind the closing brace of the outer table is ignored, as in Nmap.
/// Errors: the text does not match the grammar (the message quotes the argument), or a name outside of quotation marks
/// has a typographic character such as an en dash (docs/differences.md).
Result<Value::Table> parse_script_args(std::string_view text);

/// True if the arguments have a value with this name, "name" or "table.name".
bool has_argument(const Value::Table& arguments, std::string_view name);

/// A value in the text of script arguments whose name contains "pass", "secret", "token" or "key", in any case.
struct SecretValue {
  std::string name;  ///< with the names of the tables around it: "http.pass"
  std::size_t start = 0, end = 0;
};
struct Secrets {
  std::vector<SecretValue> values;  ///< in their order; a table counts as one value
  std::size_t end = 0;              ///< where the arguments end: the parser ignores what follows
};

/// Finds the secret values of a text. Errors: as for parse_script_args().
Result<Secrets> find_secrets(std::string_view text);

}  // namespace sluice::script
