#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <sluice/result.hpp>
#include <string_view>
#include <vector>

#include "model/known_port.hpp"

namespace sluice::model {

/// Reads XML reports (-oX) of Nmap, sluice and masscan as they come (cli.md 8), also several one after the other. What
/// -sV has found out of a service comes with its port; a host is called as its user called it, if that was a name.
/// Memory is bounded by the largest host and the largest piece.
class XmlReportReader {
 public:
  /// `lines_before`: of the file, what stands before the report.
  explicit XmlReportReader(std::size_t lines_before = 0);
  ~XmlReportReader();
  XmlReportReader(const XmlReportReader&) = delete;
  XmlReportReader& operator=(const XmlReportReader&) = delete;

  /// The next bytes; `last` with those after which none follow. Where they are no XML, what follows is passed over up
  /// to the next "<?xml".
  void feed(std::string_view bytes, bool last);

  struct Host {
    Result<std::vector<KnownPort>> open;  ///< not empty; the error tells what is wrong with the host or the report
    std::size_t line = 0;                 ///< where it ends, or is wrong; from 1
  };
  /// A host with open ports that is complete; nothing if none is just now.
  std::optional<Host> next();
  [[nodiscard]] bool ready() const noexcept;

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace sluice::model
