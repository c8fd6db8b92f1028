// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <sluice/export.hpp>
#include <sluice/observer.hpp>
#include <sluice/result.hpp>
#include <sluice/writer.hpp>
#include <string_view>

namespace sluice {

/// Converts a report to events while its bytes arrive. docs/reports.md lists what each format contains.
///
/// Memory: that of one host, and of the results of the scripts before or after the hosts. Each host of the report gives
/// an event; masscan writes a host for each port, and the caller merges hosts of one address. Not thread-safe.
class SLUICE_EXPORT ReportReader {
 public:
  virtual ~ReportReader() = default;

  /// Reads the next bytes, which may end anywhere, and emits the events that are complete.
  /// Errors: the report is damaged. The message is one line, "line N: CAUSE". An error is final: all later calls return
  /// it. REQUIRES: finish() has not returned.
  virtual Result<void> read(std::string_view bytes) = 0;
  /// Ends the report. Errors: the report is incomplete, as that of a run that was killed. Its complete hosts have been
  /// emitted, but no event::RunFinished.
  virtual Result<void> finish() = 0;
};

/// Creates a reader for XML of nmap, sluice and masscan, or for NDJSON. `observer`: receives the events; must outlive
/// the reader. Its exceptions pass through read() and finish(); after one the reader must not be used.
/// Errors: text and grepable reports cannot be read.
SLUICE_EXPORT Result<std::unique_ptr<ReportReader>> make_reader(Format format, Observer& observer);

/// Returns the format of a report that begins with these bytes: Xml if the first character is '<', Json if it is '{'.
/// Skips white space and a byte order mark. Returns nothing for any other text, and for an empty one. Thread-safe.
SLUICE_EXPORT std::optional<Format> report_format(std::string_view beginning);

}  // namespace sluice
