#pragma once

#include <memory>
#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "model/known_port.hpp"
#include "model/xml_report.hpp"
#include "net/input_stream.hpp"

namespace sluice::engine {

/// The lines of --targets-from as they come, or the hosts of XML reports, from where the first of these begins.
class KnownPortReader {
 public:
  /// `path` is what the stream was opened with; messages name it.
  KnownPortReader(std::unique_ptr<net::InputStream> input, std::string path)
      : input_(std::move(input)), path_(std::move(path)) {}

  struct Line {
    std::string text;                             ///< "" of an XML report
    Result<std::vector<model::KnownPort>> ports;  ///< the error names the file and the line's number
  };
  /// The next line that has come; nothing if none has yet. Reads at most two pieces of the stream.
  std::optional<Line> next();
  /// Would next() do anything? The loop wakes when it becomes so.
  [[nodiscard]] bool ready() const;
  [[nodiscard]] bool ended() const;

 private:
  /// Do we stand where a report begins, or in one?
  bool is_report();
  std::optional<Line> next_line();
  std::optional<Line> next_host();
  std::optional<std::string> take_line();
  Error wrong(const std::string& what) const;

  std::unique_ptr<net::InputStream> input_;
  std::string path_;
  std::optional<model::XmlReportReader> xml_;  // takes what has come, if it is a report
  bool whole_ = false;                         // it has all
  std::string buffer_;
  std::size_t at_ = 0;        // where the next line begins in the buffer
  std::size_t searched_ = 0;  // there is no end of a line between at_ and here
  std::size_t number_ = 0;    // of the line that was taken last
  bool overlong_ = false;     // the line in the buffer was longer; its beginning has been dropped
  bool failure_told_ = false;
};

}  // namespace sluice::engine
