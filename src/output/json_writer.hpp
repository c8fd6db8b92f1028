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
  void write(const event::HostScanned& host, WallTime time);
  void write(const event::HostWaits& host, WallTime time);
  void write(const event::HostFinished& host, WallTime time);
  void write(const HostReport& host, WallTime time);
  template <class What>
  void write(const What& what, WallTime time) {
    write_line(what, time);
  }
  template <class What>
  void write_line(const What& what, WallTime time);

  WriterOptions options_;
  Sink sink_;
  std::string line_;
  bool finished_ = false;
};

}  // namespace sluice::output
