// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/writer.hpp>
#include <string>

namespace sluice::output {

/// Writer of one JSON document (docs/reports.md): an object with the keys `run`, `prescan`, `hosts`, `postscan` and
/// `finished`. Writes each part when its event comes. Not thread-safe.
class DocumentWriter final : public Observer {
 public:
  DocumentWriter(const WriterOptions& options, Sink sink) : options_(options), sink_(std::move(sink)) {}
  void on_event(const Event& event) override;

 private:
  void begin_hosts();
  void end_hosts();

  WriterOptions options_;
  Sink sink_;
  std::string text_;  ///< what the current event adds
  enum class Part : std::uint8_t { Nothing, Run, Hosts, AfterHosts, Finished } part_ = Part::Nothing;
};

}  // namespace sluice::output
