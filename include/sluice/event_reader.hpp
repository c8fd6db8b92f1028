// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <sluice/export.hpp>
#include <sluice/observer.hpp>
#include <sluice/result.hpp>
#include <string_view>

namespace sluice {

/// Converts NDJSON (docs/ndjson.md) back to events. A writer that receives these events writes the report of the run:
/// docs/ndjson.md lists what NDJSON does not contain. Results of scripts become parts of the reports of their hosts and
/// phases. make_reader (report_reader.hpp) reads a whole report instead of lines. Not thread-safe.
class SLUICE_EXPORT EventReader {
 public:
  /// `observer`: receives the events; must outlive the reader. Its exceptions pass through read().
  explicit EventReader(Observer& observer);
  ~EventReader();
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  /// Reads one line, with or without its line feed, and emits its event. Skips unknown events and keys. Errors: the
  /// line is no event; the message names the key. The next line can be read nevertheless.
  Result<void> read(std::string_view line);

 private:
  class Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace sluice
