// SPDX-License-Identifier: Apache-2.0
#include "output/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace sluice::output {
namespace {

void append_hex(std::string& out, unsigned char byte) { fmt::format_to(std::back_inserter(out), "\\x{:02X}", byte); }

using Bytes = std::array<bool, 256>;

template <class Predicate>
constexpr Bytes bytes_where(Predicate holds) {
  Bytes bytes{};
  for (std::size_t byte = 0; byte < bytes.size(); ++byte) bytes[byte] = holds(static_cast<unsigned char>(byte));
  return bytes;
}

constexpr bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7F; }

constexpr bool is_kept(unsigned char byte, Keep keep) {
  switch (keep) {
    case Keep::AsciiLines:
      return byte == '\t' || byte == '\n' || (byte >= 0x20 && byte < 0x7F);
    case Keep::AsciiReturns:
      return byte == '\r' || is_kept(byte, Keep::AsciiLines);
    case Keep::Lines:
      return byte == '\t' || byte == '\n' || is_kept(byte, Keep::OneLine);
    case Keep::OneLine:
      return !is_control(byte) && byte < 0x80;
  }
  return false;
}

constexpr Bytes kept_bytes(Keep keep) {
  return bytes_where([keep](unsigned char byte) { return is_kept(byte, keep); });
}

/// Index: Keep.
constexpr std::array kKept{kept_bytes(Keep::AsciiLines), kept_bytes(Keep::AsciiReturns), kept_bytes(Keep::Lines),
                           kept_bytes(Keep::OneLine)};

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr Bytes kAscii = bytes_where([](unsigned char byte) { return byte < 0x80; });

/// Bytes that xml_escape() does not change.
constexpr Bytes kPlainInXml = bytes_where([](unsigned char byte) {
  return byte >= 0x20 && byte <= 0x7F &&
         std::string_view("&<>\"'-").find(static_cast<char>(byte)) == std::string_view::npos;
});

/// Bytes that append_json_string() does not change.
constexpr Bytes kPlainInJson =
    bytes_where([](unsigned char byte) { return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\'; });

/// Returns the letter that follows the backslash in the short escape of a character in JSON; 0 if there is none.
constexpr char json_letter(char character) {
  constexpr std::string_view kCharacters = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";
  const std::size_t at = kCharacters.find(character);
  return at == std::string_view::npos ? '\0' : kLetters[at];
}

/// Returns a copy of `text`. Bytes that are in `plain` are copied in runs. For each other byte, calls `append` with the
/// result so far, the byte, and the text before the byte.
template <class Append>
std::string escaped(std::string_view text, const Bytes& plain, Append append) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t begin = 0;; ++begin) {
    std::size_t end = begin;
    while (end < text.size() && plain[static_cast<unsigned char>(text[end])]) ++end;
    out.append(text, begin, end - begin);
    if (end == text.size()) return out;
    append(out, static_cast<unsigned char>(text[end]), text.substr(0, end));
    begin = end;
  }
}

/// Returns the length of the well-formed UTF-8 sequence at the beginning of `text`, or 0 if there is none.
std::size_t utf8_sequence(std::string_view text) {
  const auto at = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : (lead & 0xF0) == 0xE0        ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t index = 1; index < length; ++index)
    if ((at(index) & 0xC0) != 0x80) return 0;
  const unsigned char second = at(1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second > 0x9F;
  const bool beyond = lead == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

/// REQUIRES: `character` is a well-formed UTF-8 sequence.
std::uint32_t code_point(std::string_view character) {
  constexpr unsigned char kLeadBits[] = {0x7F, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t code = static_cast<unsigned char>(character[0]) & kLeadBits[character.size()];
  for (const char byte : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(byte) & 0x3F);
  return code;
}

/// True if the character controls the display: C1 controls (U+009B begins a sequence, as ESC [ does), marks and
/// overrides of the direction of writing, separators of lines and paragraphs.
bool steers(std::string_view character) {
  if (character.size() < 2 || character.size() > 3) return false;
  const std::uint32_t code = code_point(character);
  return (code >= 0x80 && code < 0xA0) || code == 0x61C || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string protect(std::string_view text, Keep keep) {
  const Bytes& kept = kKept[static_cast<std::size_t>(keep)];
  const bool keeps_utf8 = keep == Keep::Lines || keep == Keep::OneLine;
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t plain = 0;  // most text has long runs of plain bytes
    while (plain < text.size() && kept[static_cast<unsigned char>(text[plain])]) ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const bool ascii = static_cast<unsigned char>(text.front()) < 0x80;
    const std::size_t size = keeps_utf8 && !ascii ? utf8_sequence(text) : 0;
    const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    if (size > 0 && !steers(character))
      out += character;
    else
      for (const char byte : character) append_hex(out, static_cast<unsigned char>(byte));
    text.remove_prefix(character.size());
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  if (!is_utf8(text)) return append_json_string(out, to_utf8(text));
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && kPlainInJson[static_cast<unsigned char>(text[plain])]) ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::string_view character = text.substr(0, utf8_sequence(text));
    if (const char letter = json_letter(character[0]))
      (out += '\\') += letter;
    else if (is_control(static_cast<unsigned char>(character[0])) || steers(character))
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", code_point(character));
    else
      out += character;
    text.remove_prefix(character.size());
  }
  out += '"';
}

std::string xml_escape(std::string_view text) {
  return escaped(text, kPlainInXml, [](std::string& out, unsigned char byte, std::string_view before) {
    if (byte == '&')
      out += "&amp;";
    else if (byte == '<')
      out += "&lt;";
    else if (byte == '>')
      out += "&gt;";
    else if (byte == '"')
      out += "&quot;";
    else if (byte == '\'')
      out += "&apos;";
    else if (byte == '-')  // "--" would end the comment with the arguments
      out += before.ends_with('-') ? "&#45;" : "-";
    else if (byte == '\t' || byte == '\n' || byte == '\r' || byte > 0x7F)
      fmt::format_to(std::back_inserter(out), "&#x{:x};", byte);
    else
      append_hex(out, byte);
  });
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string to_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  return escaped(text, kAscii, [](std::string& out, unsigned char byte, std::string_view) { append_hex(out, byte); });
}

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t start = 0; start < bytes.size(); start += 3) {
    const std::string_view group = bytes.substr(start, 3);
    std::uint32_t bits = 0;
    for (std::size_t index = 0; index < 3; ++index)
      bits = bits << 8 | (index < group.size() ? static_cast<unsigned char>(group[index]) : 0U);
    for (std::size_t digit = 0; digit < 4; ++digit)
      out += digit <= group.size() ? kBase64[bits >> (18 - 6 * digit) & 63] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const bool padded = index >= text.size() - padding;
    const std::size_t digit = padded ? 0 : kBase64.find(text[index]);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    if (index % 4 != 3) continue;
    for (const int shift : {16, 8, 0}) out += static_cast<char>(bits >> shift & 0xFF);
    bits = 0;
  }
  out.resize(out.size() - padding);
  return out;
}

}  // namespace sluice::output
