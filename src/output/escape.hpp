// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::output {

/// The bytes that protect() keeps. Each other byte becomes the four characters \xHH, with upper-case hexadecimal
/// digits.
enum class Keep : std::uint8_t {
  AsciiLines,    ///< TAB, LF and printable ASCII, for script results in normal text
  AsciiReturns,  ///< AsciiLines and CR, for script results in XML
  Lines,         ///< TAB, LF, printable ASCII and UTF-8 characters that do not control the display
  OneLine,       ///< Lines without TAB and LF, for a field of a line
};

/// Returns `text` so that it is safe for a terminal or a line-based file. Control characters (C0, DEL, C1), characters
/// that change the direction of writing or separate lines, and bytes that are not UTF-8, become \xHH, byte by byte.
std::string protect(std::string_view text, Keep keep);

/// Appends `text` as a JSON string with its quotes. Characters that control a terminal become \uHHHH, bytes that are
/// not UTF-8 become \xHH (to_utf8).
void append_json_string(std::string& out, std::string_view text);

/// Returns `text` for an XML attribute, element or comment, with the escapes of Nmap (docs/nse-compat.md, "Script
/// results and reports"). The result is valid XML 1.0 for any bytes: control characters that XML does not allow become
/// \xHH.
std::string xml_escape(std::string_view text);

/// True if the whole text is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// Returns `text` if it is UTF-8. Otherwise, each byte that is not ASCII becomes \xHH.
std::string to_utf8(std::string_view text);

/// Returns base64 with padding (RFC 4648, section 4).
std::string base64(std::string_view bytes);
/// Returns the bytes of such a text; nothing if it is wrong.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace sluice::output
