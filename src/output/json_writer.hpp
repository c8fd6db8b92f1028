// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <sluice/writer.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "output/event_fields.hpp"
#include "output/json_appender.hpp"

namespace sluice::output {

/// Writer of NDJSON: one line with one object per event, always UTF-8 (docs/ndjson.md). Calls the sink once per line.
/// Not thread-safe.
class JsonWriter final : public Observer {
 public:
  /// What the lines contain.
  enum class Content : std::uint8_t {
    Report,
    Journal  ///< also what a run needs to go on, hosts that reports leave out, and when a host that waited is reported
             ///< (docs/journal.md)
  };
  JsonWriter(const WriterOptions& options, Sink sink, Content content = Content::Report)
      : options_(options), sink_(std::move(sink)), content_(content) {}
  void on_event(const Event& event) override;

 private:
  void write(const event::RunResumed& run, WallTime time);
  void note(const Event& event);
  void write(const event::TargetResolved& target, WallTime time);
  void write(const event::TargetsRead& targets, WallTime time);
  void write(const event::TargetsAdded& targets, WallTime time);
  void write(const event::ScriptCrashed& script, WallTime time);
  void write(const event::PortsScanned& host, WallTime time);
  void write(const event::HostScanned& host, WallTime time);
  void write(const event::HostWaits& host, WallTime time);
  void write(const event::HostFinished& host, WallTime time);
  void write(const event::HostStarted& host, WallTime time);
  void write_host(const HostReport& host, WallTime time, std::uint64_t waits);
  template <class What>
  void write(const What& what, WallTime time) {
    write_line(what, time);
  }
  /// Writes a line. `add(with)` appends further keys.
  template <class What, class Add>
  void write_line(std::string_view event, const What& what, WallTime time, JsonAppender::HostForm form, Add add);
  template <class What>
  void write_line(const What& what, WallTime time) {
    write_line(kTitle<What>.name, what, time, JsonAppender::HostForm::Plain, [](auto&) {});
  }

  WriterOptions options_;
  Sink sink_;
  const Content content_;
  std::string line_;
  bool finished_ = false;
  std::uint64_t number_ = 0, attempt_ = 1;  ///< of the event that is being written

  struct OpenHosts {
    unsigned count = 0;   ///< unfinished hosts with one address and name
    bool shared = false;  ///< there were several at a time
  };
  std::map<std::pair<Address, std::string>, OpenHosts> open_;
  // Of journals.
  std::map<const HostReport*, std::uint64_t> waiting_;  ///< numbers of the hosts that are not reported yet
  std::uint64_t waits_ = 0;                             ///< number of the last host that waited
};

}  // namespace sluice::output
