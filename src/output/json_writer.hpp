// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/writer.hpp>

namespace sluice::output {

/// Writer of NDJSON: one line with one object per event, always UTF-8 (docs/ndjson.md). Calls the sink once per line.
/// Not thread-safe.
class JsonWriter final : public Observer {
 public:
  /// What the lines contain.
  enum class Content : std::uint8_t {
    Report,
    Journal  ///< also hosts that reports leave out, and when a host that waited is reported (docs/journal.md)
  };
  JsonWriter(const WriterOptions& options, Sink sink, Content content = Content::Report)
      : options_(options), sink_(std::move(sink)), content_(content) {}
  void on_event(const Event& event) override;

 private:
  void write(const event::HostScanned& host, WallTime time);
  void write(const event::HostWaits& host, WallTime time);
  void write(const event::HostFinished& host, WallTime time);
  void write_host(const HostReport& host, WallTime time, bool waits);
  template <class What>
  void write(const What& what, WallTime time) {
    write_line(what, time);
  }
  template <class What>
  void write_line(const What& what, WallTime time, bool waits = false);

  WriterOptions options_;
  Sink sink_;
  const Content content_;
  std::string line_;
  bool finished_ = false;
};

}  // namespace sluice::output
