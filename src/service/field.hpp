#pragma once

#include <optional>
#include <sluice/result.hpp>
#include <string_view>

namespace sluice::service {

/// A field of a match line: its template, not yet filled in.
struct Field {
  enum class Kind : unsigned char { Product, Version, Info, Hostname, OsType, DeviceType, Cpe };
  Kind kind = Kind::Product;
  std::string_view text;
};

/// Takes the next field off the rest of a match line; nothing at its end. Each field has a delimiter of its own:
/// `p/nginx/`, `i|a/b|`, `cpe:/a:vendor:product/a`. Letters behind the closing delimiter have no meaning.
/// Errors: the cause, without the place.
Result<std::optional<Field>> take_field(std::string_view& rest);

/// Takes a text between two delimiters off `rest`, which begins with the first; nothing if the second is missing.
std::optional<std::string_view> take_delimited(std::string_view& rest);

/// Returns the bytes of a text with the escapes `\\ \0 \a \b \f \n \r \t \v \xHH`; a backslash before anything but a
/// letter or a digit stands for that character. `\0` is one NUL whatever follows. Nothing if an escape is another one.
std::optional<std::string> unescape(std::string_view text);

}  // namespace sluice::service
