// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/writer.hpp>

namespace sluice::output {

/// Writer of XML reports, valid against nmap.dtd 1.05. Hosts are written when they finish. event::RunFinished writes
/// the closing tags; it also writes the opening ones if no event did so before. docs/nse-compat.md, "Script results and
/// reports". Not thread-safe.
class XmlWriter final : public Observer {
 public:
  XmlWriter(const WriterOptions& options, Sink sink) : options_(options), sink_(std::move(sink)) {}
  void on_event(const Event& event) override;

 private:
  std::string opening(const event::RunStarted& run, WallTime time) const;

  WriterOptions options_;
  Sink sink_;
  bool opened_ = false, finished_ = false;
};

}  // namespace sluice::output
