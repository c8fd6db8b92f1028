// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/result.hpp>
#include <string_view>

namespace sluice::service {

/// A field of a match line with its template.
struct Field {
  enum class Kind : unsigned char { Product, Version, Info, Hostname, OsType, DeviceType, Cpe };
  Kind kind = Kind::Product;
  std::string_view text;
};

/// Removes the next field from `rest` and returns it; nothing if `rest` has none. Each field chooses its delimiter:
/// `p/nginx/`, `i|a/b|`, `cpe:/a:vendor:product/a`. Letters after the closing delimiter are ignored.
/// Errors: the cause, without file and line.
Result<std::optional<Field>> take_field(std::string_view& rest);

/// Removes a delimited text from `rest` and returns it. The first character of `rest` is the delimiter. Returns nothing
/// if the closing delimiter is missing.
std::optional<std::string_view> take_delimited(std::string_view& rest);

/// Returns `text` with the escapes `\\ \0 \a \b \f \n \r \t \v \xHH` replaced by their bytes. A backslash before other
/// characters than letters and digits is removed. `\0` is one NUL byte, also before digits. Returns nothing if there is
/// another escape.
std::optional<std::string> unescape(std::string_view text);

}  // namespace sluice::service
