// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Converts the bytes of a text input, piece by piece, to UTF-8 with '\n' as line end.
/// Input encodings: UTF-8, UTF-16 and UTF-32. Bytes of other single-byte encodings are passed through.
/// A byte order mark selects the encoding and is removed. Without a mark, the zero bytes of the first character select
/// it. "\r\n", "\r" and "\n" are line ends. Invalid code units of UTF-16 and UTF-32 become U+FFFD. An incomplete mark
/// or character, at most seven bytes, is kept until the next call. Not thread-safe.
class TextDecoder {
 public:
  enum class Marks : unsigned char {
    AtStart,  ///< the input is one text, with at most one mark, at its beginning
    AtLines,  ///< the input is several files, concatenated: a mark at the beginning of a line selects a new encoding
  };
  explicit TextDecoder(Marks marks) : marks_(marks) {}

  /// Decodes `bytes` and appends the result to `text`. `last`: true if no bytes follow; then nothing is kept back.
  void feed(std::string_view bytes, bool last, std::string& text);

  /// True if the current encoding is UTF-16 or UTF-32. An encoding that the text itself declares is wrong then.
  [[nodiscard]] bool wide() const { return unit_ > 1; }

 private:
  /// Determines the encoding at the beginning of a line, and removes a mark from `bytes`. Returns false, without
  /// effect, if more bytes are needed.
  bool take_mark(std::string_view& bytes, bool last);
  void decode_bytes(std::string_view& bytes, std::string& text);
  /// Decodes UTF-16 or UTF-32, up to the end of a line if a mark may follow there. Returns false if more bytes are
  /// needed.
  bool decode_wide(std::string_view& bytes, bool last, std::string& text);
  [[nodiscard]] unsigned long unit_at(std::string_view bytes) const;
  void append(unsigned long code_point, std::string& text);
  void end_line(char end, std::string& text);

  Marks marks_;
  unsigned char unit_ = 1;  ///< bytes per code unit
  bool big_endian_ = false;
  bool first_ = true;          ///< no byte has been decoded
  bool at_line_start_ = true;  ///< a line begins here, and has not been searched for a mark
  bool after_return_ = false;
  std::string held_;  ///< incomplete mark or character from the end of the last piece
};

/// Decodes a whole text.
std::string decode_text(std::string bytes, TextDecoder::Marks marks);

}  // namespace sluice
