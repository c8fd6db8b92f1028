// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/writer.hpp>

namespace sluice::output {

/// Writer of CSV (RFC 4180, with LF): a line with the names of the columns, then a line per listed port of each host.
/// A host without listed ports has one line with empty columns for the port. Each line of a host that did not reach its
/// end has the reason in its last column. Not thread-safe.
class CsvWriter final : public Observer {
 public:
  CsvWriter(const WriterOptions& options, Sink sink) : options_(options), sink_(std::move(sink)) {}
  void on_event(const Event& event) override;

 private:
  WriterOptions options_;
  Sink sink_;
  bool begun_ = false, finished_ = false;
};

}  // namespace sluice::output
