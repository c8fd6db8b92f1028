#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::output {

/// Which bytes a protected text keeps; every other byte becomes the four characters \xHH (upper-case hex).
enum class Keep : std::uint8_t {
  AsciiLines,    ///< TAB, LF and printable ASCII: script results in normal text (spec scheduler.md 13.2)
  AsciiReturns,  ///< those and CR: script results in XML (spec scheduler.md 13.3)
  Lines,         ///< TAB, LF, printable ASCII and characters of UTF-8 that steer nothing: names stay readable
  OneLine,       ///< those but TAB and LF: a field of a line, which may not break it
};

/// Makes text harmless for a terminal or a line-based file. Controls (C0, DEL, C1) and characters that change the
/// direction of writing or end a line elsewhere become \xHH, byte by byte, as does what is no UTF-8.
std::string protect(std::string_view text, Keep keep);

/// The same for JSON in UTF-8, which may be shown on a terminal as well: such characters become \uHHHH.
std::string json_protect(std::string_view json);

/// Text for an XML attribute, element or comment, escaped as Nmap does it (spec cli.md 8). The result is valid XML 1.0
/// whatever the bytes: control characters that XML cannot express become \xHH.
std::string xml_escape(std::string_view text);

/// Whether all of the text is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// The text itself where it is UTF-8; otherwise every byte that is not ASCII becomes \xHH.
std::string to_utf8(std::string_view text);

/// RFC 4648 section 4, padded.
std::string base64(std::string_view bytes);

}  // namespace sluice::output
