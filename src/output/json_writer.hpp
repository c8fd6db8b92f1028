// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/writer.hpp>

namespace sluice::output {

/// Writer of NDJSON: one line with one object per event, always UTF-8 (docs/ndjson.md). Not thread-safe.
class JsonWriter final : public Observer {
 public:
  JsonWriter(const WriterOptions& options, Sink sink) : options_(options), sink_(std::move(sink)) {}
  void on_event(const Event& event) override;

 private:
  WriterOptions options_;
  Sink sink_;
  bool finished_ = false;
};

}  // namespace sluice::output
