// SPDX-License-Identifier: Apache-2.0
#include "service/fingerprint.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace sluice::service {

namespace {

constexpr std::size_t kMaxBefore = 2084;  // characters before a response that is still appended (2200 when wrapped)

std::string hex(std::uint64_t number, bool upper) {
  char digits[16];
  const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, number, 16);
  std::string text(digits, end);
  if (upper)
    for (char& c : text)
      if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

void append_escaped(std::string& text, std::string_view bytes) {
  constexpr std::string_view kEscaped = "\\\"$()*+.?[]^|";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == '\0') {
      text += i + 1 < bytes.size() && is_digit(bytes[i + 1]) ? "\\x00" : "\\0";
    } else if (c == '\t') {
      text += "\\t";
    } else if (c == '\n') {
      text += "\\n";
    } else if (c == '\r') {
      text += "\\r";
    } else if (c <= ' ' || c > '~') {
      const auto code = static_cast<unsigned char>(c);
      text += code < 16 ? "\\x0" : "\\x";
      text += hex(code, false);
    } else {
      if (kEscaped.find(c) != std::string_view::npos) text += '\\';
      text += c;
    }
  }
}

}  // namespace

std::string fingerprint(const FingerprintHeader& header, std::span<const FingerprintResponse> responses) {
  std::string text = "SF-Port" + std::to_string(header.port) + (header.protocol == Protocol::Udp ? "-UDP" : "-TCP") +
                     ":V=" + header.version + (header.tls ? "%T=SSL" : "") + "%I=" + std::to_string(header.intensity) +
                     "%D=" + std::to_string(header.month) + "/" + std::to_string(header.day) +
                     "%Time=" + hex(header.epoch, true) + "%P=" + header.platform;
  bool any = false;
  for (const auto& [probe, bytes, size] : responses) {
    if (bytes.empty()) continue;
    if (text.size() > kMaxBefore) break;
    any = true;
    text.append("%r(").append(probe).append(",").append(hex(std::max(size, bytes.size()), true)).append(",\"");
    append_escaped(text, bytes.substr(0, kShownBytes));
    text += "\")";
  }
  if (!any) return "";
  return text + ";";
}

}  // namespace sluice::service
