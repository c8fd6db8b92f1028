#pragma once

#include <optional>
#include <sluice/result.hpp>
#include <sluice/value.hpp>
#include <string>
#include <string_view>

namespace sluice::script {

/// The text to parse: the file's (trailing commas and white space dropped), then the option's, joined by a comma.
std::string script_args_text(const std::optional<std::string>& file, const std::optional<std::string>& option);

/// Reads --script-args (scheduler.md 5) into a table whose scalars are all strings: unnamed values are its items, of
/// fields of one name the last counts. White space alone gives an empty table. What follows the brace that closes the
/// outer table is ignored, as in the original. The error quotes the text. A name that has a character of typography,
/// such as an en dash, and is not in quotation marks is an error, too.
Result<Value::Table> parse_script_args(std::string_view text);

}  // namespace sluice::script
