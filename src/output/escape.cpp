#include "output/escape.hpp"

#include <fmt/format.h>

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
      return byte == '\t' || byte == '\n' || !is_control(byte);
    case Keep::OneLine:
      return !is_control(byte);
  }
  return false;
}

constexpr Bytes kept_bytes(Keep keep) {
  return bytes_where([keep](unsigned char byte) { return is_kept(byte, keep); });
}

/// By Keep.
constexpr std::array kKept{kept_bytes(Keep::AsciiLines), kept_bytes(Keep::AsciiReturns), kept_bytes(Keep::Lines),
                           kept_bytes(Keep::OneLine)};

constexpr Bytes kAscii = bytes_where([](unsigned char byte) { return byte < 0x80; });

/// What xml_escape leaves as it is.
constexpr Bytes kPlainInXml = bytes_where([](unsigned char byte) {
  return byte >= 0x20 && byte <= 0x7F &&
         std::string_view("&<>\"'-").find(static_cast<char>(byte)) == std::string_view::npos;
});

/// A copy whose bytes outside of `plain` `append` writes; it is called with the byte and the text before it. Long runs
/// of plain bytes are the rule.
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
  return escaped(text, kKept[static_cast<std::size_t>(keep)],
                 [](std::string& out, unsigned char byte, std::string_view) { append_hex(out, byte); });
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
    else if (byte == '-')  // "--" would end the comment that repeats the arguments
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
