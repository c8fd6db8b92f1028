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

/// The lines of --targets-from as they come. XML reports may stand among them; of these it gives the hosts. Of errors
/// in XML it gives the first 20 and, at the end of the input, the number of the others.
class KnownPortReader {
 public:
  /// `path` is what the stream was opened with; messages name it.
  KnownPortReader(std::unique_ptr<net::InputStream> input, std::string path)
      : input_(std::move(input)), path_(std::move(path)) {}

  struct Line {
    std::string text;                             ///< "" of an XML report
    Result<std::vector<model::KnownPort>> ports;  ///< the error names the file and the line's number
  };
  /// The next line that has come; nothing if none has yet. Reads at most one piece of the stream.
  std::optional<Line> next();
  /// Would next() do anything? The loop wakes when it becomes so.
  [[nodiscard]] bool ready() const;
  [[nodiscard]] bool ended() const;

 private:
  /// What has come already, and nothing at its end.
  std::optional<Line> next_at_hand();
  std::optional<Line> next_line();
  std::optional<Line> next_host();
  std::optional<std::string> take_line();
  /// Reads on as XML if a document begins at the next line. Maybe: more of the line has to come.
  model::XmlReportReader::Start begin_report();
  /// Takes in and decodes what has come.
  void read();
  [[nodiscard]] bool has_input() const;
  Error wrong(const std::string& what) const;

  std::unique_ptr<net::InputStream> input_;
  std::string path_;
  TextDecoder decoder_{TextDecoder::Marks::AtLines};
  bool whole_ = false;  // all has been decoded
  model::KnownPortParser parser_;
  std::optional<model::XmlReportReader> xml_;  // of the document in which we are
  std::optional<std::string> held_;  // the next line, where an error about those before it has been given first
  std::string buffer_;
  std::size_t at_ = 0;          // where the next line begins in the buffer
  std::size_t searched_ = 0;    // there is no end of a line between at_ and here
  std::size_t number_ = 0;      // of the line that was taken last
  bool overlong_ = false;       // the line in the buffer was longer; its beginning has been dropped
  std::size_t xml_errors_ = 0;  // of all documents
  std::size_t unlisted_ = 0;    // those beyond the first, as long as no line has given their number
  bool failure_told_ = false;
};

}  // namespace sluice::engine
