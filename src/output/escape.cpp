#include "output/escape.hpp"

#include <fmt/format.h>

#include <iterator>

namespace sluice::output {
namespace {

void append_hex(std::string& out, unsigned char byte) { fmt::format_to(std::back_inserter(out), "\\x{:02X}", byte); }

bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7F; }

bool is_kept(unsigned char byte, Keep keep) {
  switch (keep) {
    case Keep::AsciiLines:
      return byte == '\t' || byte == '\n' || (byte >= 0x20 && byte < 0x7F);
    case Keep::AsciiReturns:
      return byte == '\r' || is_kept(byte, Keep::AsciiLines);
    case Keep::Lines:
      return byte == '\t' || byte == '\n' || !is_control(byte);
    case Keep::OneLine:
      return !is_control(byte);
  }
  return false;
}

/// Length of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none.
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

}  // namespace

std::string protect(std::string_view text, Keep keep) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_kept(byte, keep))
      out += c;
    else
      append_hex(out, byte);
  }
  return out;
}

std::string xml_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  char before = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&apos;";
    } else if (c == '-' && before == '-') {  // "--" would end the comment that repeats the arguments
      out += "&#45;";
    } else if (c == '\t' || c == '\n' || c == '\r' || byte > 0x7F) {
      fmt::format_to(std::back_inserter(out), "&#x{:x};", byte);
    } else if (byte < 0x20) {
      append_hex(out, byte);
    } else {
      out += c;
    }
    before = c;
  }
  return out;
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
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      out += c;
    else
      append_hex(out, byte);
  }
  return out;
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t start = 0; start < bytes.size(); start += 3) {
    const std::string_view group = bytes.substr(start, 3);
    std::uint32_t bits = 0;
    for (std::size_t index = 0; index < 3; ++index)
      bits = bits << 8 | (index < group.size() ? static_cast<unsigned char>(group[index]) : 0U);
    for (std::size_t digit = 0; digit < 4; ++digit)
      out += digit <= group.size() ? kDigits[bits >> (18 - 6 * digit) & 63] : '=';
  }
  return out;
}

}  // namespace sluice::output
