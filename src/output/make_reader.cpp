// SPDX-License-Identifier: Apache-2.0
#include <sluice/event_reader.hpp>
#include <sluice/report_reader.hpp>
#include <string>

#include "base/text.hpp"
#include "output/escape.hpp"
#include "output/xml_reader.hpp"

namespace sluice {
namespace {

/// Cuts NDJSON into lines for an EventReader. Not thread-safe.
class LineReader final : public ReportReader, Observer {
 public:
  explicit LineReader(Observer& observer) : observer_(observer) {}

  Result<void> read(std::string_view bytes) override {
    if (error_) return *error_;
    for (std::size_t end; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
      ++number_;
      line_.append(bytes, 0, end);
      if (const Result<void> done = read_line(); !done) return fail(done.error().message);
    }
    line_ += bytes;
    return {};
  }
  Result<void> finish() override {
    if (error_) return *error_;
    ++number_;
    const Result<void> done = read_line();  // the last line feed may be missing
    if (!done || !finished_) return fail(output::kEndsEarly);
    return {};
  }

 private:
  Result<void> read_line() {
    Result<void> done = trim(line_).empty() ? Result<void>() : events_.read(line_);
    line_.clear();
    return done;
  }
  Result<void> fail(std::string_view why) {
    error_ = Error{output::protect(why, output::Keep::OneLine)}.in("line " + std::to_string(number_));
    return *error_;
  }
  void on_event(const Event& event) override {
    finished_ = finished_ || std::holds_alternative<event::RunFinished>(event.what);
    observer_.on_event(event);
  }

  Observer& observer_;
  EventReader events_{*this};
  std::string line_;        ///< the line, as far as it has arrived
  std::size_t number_ = 0;  ///< of the last complete line
  bool finished_ = false;   ///< true if event::RunFinished was emitted
  std::optional<Error> error_;
};

}  // namespace

Result<std::unique_ptr<ReportReader>> make_reader(Format format, Observer& observer) {
  if (format == Format::Xml) return std::unique_ptr<ReportReader>(std::make_unique<output::XmlReader>(observer));
  if (format == Format::Json) return std::unique_ptr<ReportReader>(std::make_unique<LineReader>(observer));
  return Error{"reports in text (-oN, -oG) cannot be read; use XML (-oX) or NDJSON (-oJ)", ErrorCode::Unsupported};
}

std::optional<Format> report_format(std::string_view beginning) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (beginning.starts_with(kByteOrderMark)) beginning.remove_prefix(kByteOrderMark.size());
  beginning = trim(beginning);
  if (beginning.starts_with('<')) return Format::Xml;
  if (beginning.starts_with('{')) return Format::Json;
  return std::nullopt;
}

}  // namespace sluice
