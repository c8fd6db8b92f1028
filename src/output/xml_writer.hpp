#pragma once

#include <sluice/writer.hpp>

namespace sluice::output {

/// Nmap's XML (spec cli.md 8), valid against nmap.dtd 1.05. Hosts are written as they finish; the closing tags come
/// with event::RunFinished, and the opening ones at the latest then.
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
