#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Turns the bytes of a text input into UTF-8 with '\n' as the end of each line, piece by piece. It reads UTF-8 (and
/// any other encoding of single bytes, whose bytes stay as they are), UTF-16 and UTF-32. A byte order mark tells which,
/// and is dropped; without one the zero bytes of the first character tell. "\r\n" and "\r" end a line, too. What is no
/// character of the encoding becomes U+FFFD. Holds back at most seven bytes. A value; not thread-safe.
class TextDecoder {
 public:
  enum class Marks : unsigned char {
    AtStart,  ///< one text
    AtLines,  ///< several files behind each other: each line may begin with a mark, and then changes the encoding
  };
  explicit TextDecoder(Marks marks) : marks_(marks) {}

  /// Appends the text of the next bytes to `text`. `last`: none follow.
  void feed(std::string_view bytes, bool last, std::string& text);

  /// True if the bytes that came last were UTF-16 or UTF-32: what the text says about its own encoding is wrong then.
  [[nodiscard]] bool wide() const { return unit_ > 1; }

 private:
  /// Looks for a mark where a line begins. False if more bytes are needed to tell.
  bool take_mark(std::string_view& bytes, bool last);
  void decode_bytes(std::string_view& bytes, std::string& text);
  /// False if more bytes are needed.
  bool decode_wide(std::string_view& bytes, bool last, std::string& text);
  [[nodiscard]] unsigned long unit_at(std::string_view bytes) const;
  void append(unsigned long code_point, std::string& text);
  void end_line(char end, std::string& text);

  Marks marks_;
  unsigned char unit_ = 1;  ///< bytes of a code unit
  bool big_endian_ = false;
  bool first_ = true;          ///< nothing has been decoded yet
  bool at_line_start_ = true;  ///< and the mark that may stand there has not been looked for
  bool after_return_ = false;
  std::string held_;  ///< the beginning of a mark or of a character
};

/// The same for a whole text.
std::string decode_text(std::string bytes, TextDecoder::Marks marks);

}  // namespace sluice
