// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/writer.hpp>

namespace sluice::output {

/// Writer of grepable reports: one or two lines per host, without script results (docs/nse-compat.md, "Script results
/// and reports"). Not thread-safe.
class GrepableWriter final : public Observer {
 public:
  GrepableWriter(const WriterOptions& options, Sink sink) : options_(options), sink_(std::move(sink)) {}
  void on_event(const Event& event) override;

 private:
  WriterOptions options_;
  Sink sink_;
  bool finished_ = false;
};

}  // namespace sluice::output
