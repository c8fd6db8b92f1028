// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/known_port.hpp"

namespace sluice::model {

/// Reads an XML document while it arrives. Accepts reports (`-oX`) of Nmap, sluice and masscan. A document of another
/// kind is skipped with an error that names its root element.
///
/// A port includes the service that version detection found. A host has the name of type "user", if it has one. A host
/// that is not valid is skipped with an error, and reading continues at the next host. The memory is bounded by the
/// largest host and the largest piece. Not thread-safe.
class XmlReportReader {
 public:
  enum class Start : unsigned char { No, Maybe, Yes };
  /// Returns whether a report or another XML document begins with `text`. Maybe: more bytes are needed.
  static Start starts(std::string_view text);

  /// `lines_before`: number of lines of the file before the document. `utf8`: true if the text is UTF-8, whatever
  /// encoding the document declares.
  explicit XmlReportReader(std::size_t lines_before = 0, bool utf8 = false);
  ~XmlReportReader();
  XmlReportReader(const XmlReportReader&) = delete;
  XmlReportReader& operator=(const XmlReportReader&) = delete;

  /// Parses the next bytes. `last`: true if no bytes follow. REQUIRES: not ended().
  void feed(std::string_view bytes, bool last);

  struct Host {
    Result<std::vector<KnownPort>> open;  ///< not empty; the error is about the host or the report
    std::size_t line = 0;                 ///< line of its end, or of the error; 1 is the first
  };
  /// Removes and returns the next complete host with open ports, or the next error; nothing if there is none yet.
  std::optional<Host> next();
  /// True if next() has a result.
  [[nodiscard]] bool ready() const noexcept;

  /// True if the document has ended, or another one begins.
  [[nodiscard]] bool ended() const noexcept;
  /// Removes and returns the bytes behind the document. lines_before_rest() returns the number of lines of the file
  /// before them.
  /// REQUIRES: ended().
  std::string take_rest();
  [[nodiscard]] std::size_t lines_before_rest() const noexcept;

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace sluice::model
