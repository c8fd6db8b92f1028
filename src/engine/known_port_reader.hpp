// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "base/text_decoder.hpp"
#include "model/known_port.hpp"
#include "model/xml_report.hpp"
#include "net/input_stream.hpp"

namespace sluice::engine {

/// Reads the input of --targets-from while it arrives: lines, and XML reports between them. Returns the ports of each
/// line and of each host of a report. Of the errors in XML, returns the first 20, and at the end of the input one error
/// with the number of the others. Owned by the TargetFeed. Not thread-safe.
class KnownPortReader {
 public:
  /// `path`: the one that `input` was opened with, for messages.
  KnownPortReader(std::unique_ptr<net::InputStream> input, std::string path)
      : input_(std::move(input)), path_(std::move(path)) {}

  /// A line, or a host of an XML report.
  struct Line {
    std::string text;                             ///< "" for XML, and for an error that is not in a single line
    Result<std::vector<model::KnownPort>> ports;  ///< the message of an error names the file and the line number
  };
  /// Returns the next line that has arrived; nothing if there is none yet. Reads at most one piece of the stream.
  std::optional<Line> next();
  /// True if next() has work. The event loop wakes when this becomes true.
  [[nodiscard]] bool ready() const;
  /// True if the input has ended and next() has returned all of it.
  [[nodiscard]] bool ended() const;

 private:
  /// Returns the next line of the bytes that have been read; nothing if it is not complete.
  std::optional<Line> next_at_hand();
  std::optional<Line> next_line();
  std::optional<Line> next_host();
  std::optional<std::string> take_line();
  /// Continues as XML if a document begins at the next line. Returns Maybe if more bytes are needed to decide this.
  model::XmlReportReader::Start begin_report();
  /// Reads and decodes the bytes that have arrived.
  void read();
  [[nodiscard]] bool has_input() const;
  /// Returns the error "FILE:LINE: WHAT" about the current line.
  Error wrong(const std::string& what) const;

  std::unique_ptr<net::InputStream> input_;
  std::string path_;
  TextDecoder decoder_{TextDecoder::Marks::AtLines};
  bool whole_ = false;  // the input has ended, and all of it has been decoded
  model::KnownPortParser parser_;
  std::optional<model::XmlReportReader> xml_;  // inside an XML document only
  std::optional<std::string> held_;  // the next line, after an error about the lines before it has been returned
  std::string buffer_;               // decoded text
  std::size_t at_ = 0;               // index of the next line in buffer_
  std::size_t searched_ = 0;         // there is no line feed between at_ and this index
  std::size_t number_ = 0;           // number of the current line
  bool overlong_ = false;            // the current line exceeds the limit; its beginning was dropped
  std::size_t xml_errors_ = 0;       // number of errors in all documents
  std::size_t unlisted_ = 0;         // those beyond the first 20, until their number has been returned
  bool failure_told_ = false;        // the error of the stream has been returned
};

}  // namespace sluice::engine
