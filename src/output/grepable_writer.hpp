#pragma once

#include <sluice/writer.hpp>

namespace sluice::output {

/// Grepable text (spec cli.md 7): one or two lines per host, no script results.
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
