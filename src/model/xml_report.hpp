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

/// Reads one XML document as it comes: a report (-oX) of Nmap, sluice or masscan (cli.md 8), or a foreign document,
/// which is skipped and named. What -sV has found out of a service comes with its port; a host is called as its user
/// called it, if that was a name. An invalid host costs that host: reading continues at the next one. Memory is bounded
/// by the largest host and the largest piece.
class XmlReportReader {
 public:
  enum class Start : unsigned char { No, Maybe, Yes };
  /// Does a report or another XML document begin with this text? Maybe: more of it has to be seen.
  static Start starts(std::string_view text);

  /// `lines_before`: of the file, what stands before the document. `utf8`: the text is UTF-8, whatever the document
  /// says.
  explicit XmlReportReader(std::size_t lines_before = 0, bool utf8 = false);
  ~XmlReportReader();
  XmlReportReader(const XmlReportReader&) = delete;
  XmlReportReader& operator=(const XmlReportReader&) = delete;

  /// The next bytes; `last` with those after which none follow. REQUIRES: not ended().
  void feed(std::string_view bytes, bool last);

  struct Host {
    Result<std::vector<KnownPort>> open;  ///< not empty; the error tells what is wrong with the host or the report
    std::size_t line = 0;                 ///< where it ends, or is wrong; from 1
  };
  /// A host with open ports that is complete; nothing if none is just now.
  std::optional<Host> next();
  [[nodiscard]] bool ready() const noexcept;

  /// The document has ended, or another one begins.
  [[nodiscard]] bool ended() const noexcept;
  /// The bytes behind its end, and how many lines stand before them in the file. REQUIRES: ended().
  std::string take_rest();
  [[nodiscard]] std::size_t lines_before_rest() const noexcept;

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace sluice::model
