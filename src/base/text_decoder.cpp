// SPDX-License-Identifier: Apache-2.0
#include "base/text_decoder.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice {

namespace {

using namespace std::string_view_literals;

struct Mark {
  std::string_view bytes;
  unsigned char unit;
  bool big_endian;
};
/// Longer marks come first, because the mark of UTF-32 begins with the mark of UTF-16.
constexpr Mark kMarks[] = {{"\xFF\xFE\0\0"sv, 4, false},
                           {"\0\0\xFE\xFF"sv, 4, true},
                           {"\xEF\xBB\xBF"sv, 1, false},
                           {"\xFF\xFE"sv, 2, false},
                           {"\xFE\xFF"sv, 2, true}};
constexpr std::size_t kLongestMark = 4;
constexpr std::string_view kProlog = "<?xml";
constexpr unsigned long kReplacement = 0xFFFD;

bool is_beginning(std::string_view part, std::string_view whole) {
  return part.size() < whole.size() && whole.starts_with(part);
}

/// Determines the encoding by the zero bytes of the first character. REQUIRES: the first character is ASCII, as in all
/// inputs of sluice.
std::optional<Mark> guess(std::string_view bytes) {
  const auto zero = [&](std::size_t at) { return at >= bytes.size() || bytes[at] == '\0'; };
  if (bytes.size() < 2 || zero(0) == zero(1)) {
    if (bytes.size() >= kLongestMark && zero(0) && zero(1) && zero(2) && !zero(3)) return Mark{"", 4, true};
    return std::nullopt;
  }
  if (zero(0)) return Mark{"", 2, true};
  return Mark{"", static_cast<unsigned char>(bytes.size() >= kLongestMark && zero(2) && zero(3) ? 4 : 2), false};
}

/// True for ASCII characters except NUL. A text that begins with two of them has no mark, and is not UTF-16 or UTF-32.
bool is_plain(char byte) { return byte != '\0' && static_cast<unsigned char>(byte) < 0x80; }

void append_utf8(unsigned long code_point, std::string& text) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (code_point >> shift & 0x3F)); };
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0 | code_point >> 6);
    tail(0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xE0 | code_point >> 12);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0 | code_point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

void TextDecoder::feed(std::string_view bytes, bool last, std::string& text) {
  std::string joined;
  if (!held_.empty()) {
    joined = std::exchange(held_, {}).append(bytes);
    bytes = joined;
  }
  while (!bytes.empty()) {
    if (after_return_ && unit_ == 1 && bytes.front() == '\n') {
      after_return_ = false;
      bytes.remove_prefix(1);
      continue;
    }
    if (at_line_start_ && !take_mark(bytes, last)) break;
    if (unit_ == 1)
      decode_bytes(bytes, text);
    else if (!decode_wide(bytes, last, text))
      break;
  }
  held_ = bytes;
}

bool TextDecoder::take_mark(std::string_view& bytes, bool last) {
  std::optional<Mark> found;
  for (const Mark& mark : kMarks) {
    if (!last && is_beginning(bytes, mark.bytes)) return false;
    if (!found && bytes.starts_with(mark.bytes)) found = mark;
  }
  if (!found && first_) {
    // The first zero byte belongs to the first character. With two bytes it is not known yet whether two more zeros
    // follow.
    const bool may_be_wide = bytes.front() == '\0' || bytes.size() < 2 || bytes[1] == '\0';
    if (!last && may_be_wide && bytes.size() < kLongestMark) return false;
    found = guess(bytes);
  }
  if (!found && unit_ > 1) {  // an XML report in a single-byte encoding behind one in UTF-16 or UTF-32
    if (!last && is_beginning(bytes, kProlog)) return false;
    if (bytes.starts_with(kProlog)) found = Mark{"", 1, false};
  }
  at_line_start_ = first_ = false;
  if (!found) return true;
  unit_ = found->unit;
  big_endian_ = found->big_endian;
  bytes.remove_prefix(found->bytes.size());
  return true;
}

void TextDecoder::decode_bytes(std::string_view& bytes, std::string& text) {
  after_return_ = false;
  while (!bytes.empty()) {
    // '\n' needs no conversion. It is searched for only if a mark may follow it.
    std::size_t end = marks_ == Marks::AtLines ? std::min(bytes.find('\n'), bytes.size()) : bytes.size();
    end = std::min(bytes.substr(0, end).find('\r'), end);
    text.append(bytes.substr(0, end));
    if (end == bytes.size()) return bytes.remove_prefix(end);
    end_line(bytes[end], text);
    bytes.remove_prefix(end + 1);
    if (after_return_ || at_line_start_) return;
  }
}

bool TextDecoder::decode_wide(std::string_view& bytes, bool last, std::string& text) {
  while (!bytes.empty()) {
    if (bytes.size() < unit_) {
      if (!last) return false;
      bytes = {};
      append(kReplacement, text);
      return true;
    }
    unsigned long code = unit_at(bytes);
    std::size_t size = unit_;
    if (unit_ == 2 && code >= 0xD800 && code < 0xDC00) {
      if (bytes.size() < 4 && !last) return false;
      const unsigned long low = bytes.size() < 4 ? 0 : unit_at(bytes.substr(2));
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00));
        size = 4;
      }
    }
    bytes.remove_prefix(size);
    append((code >= 0xD800 && code < 0xE000) || code > 0x10FFFF ? kReplacement : code, text);
    if (at_line_start_) return true;
  }
  return true;
}

unsigned long TextDecoder::unit_at(std::string_view bytes) const {
  unsigned long code = 0;
  for (std::size_t each = 0; each < unit_; ++each)
    code = code << 8 | static_cast<unsigned char>(bytes[big_endian_ ? each : unit_ - 1U - each]);
  return code;
}

void TextDecoder::append(unsigned long code_point, std::string& text) {
  const bool ends_pair = std::exchange(after_return_, false) && code_point == '\n';
  if (ends_pair) {
    at_line_start_ = marks_ == Marks::AtLines;
    return;
  }
  if (code_point == '\r' || code_point == '\n') return end_line(static_cast<char>(code_point), text);
  append_utf8(code_point, text);
}

void TextDecoder::end_line(char end, std::string& text) {
  text += '\n';
  after_return_ = end == '\r';
  at_line_start_ = marks_ == Marks::AtLines;
}

std::string decode_text(std::string bytes, TextDecoder::Marks marks) {
  const bool starts_plain = bytes.size() < 2 || (is_plain(bytes[0]) && is_plain(bytes[1]));
  if (starts_plain && marks == TextDecoder::Marks::AtStart && bytes.find('\r') == std::string::npos) return bytes;
  TextDecoder decoder(marks);
  std::string text;
  text.reserve(bytes.size());
  decoder.feed(bytes, true, text);
  return text;
}

}  // namespace sluice
