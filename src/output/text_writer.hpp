// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/writer.hpp>

namespace sluice::output {

/// Writer of normal text. For the terminal it includes the banner, tasks and log lines; for `-oN` it has the report
/// between two lines that begin with "#" and no colours. docs/nse-compat.md, "Script results and reports". Not
/// thread-safe.
class TextWriter final : public Observer {
 public:
  TextWriter(const WriterOptions& options, Sink sink) : options_(options), sink_(std::move(sink)) {}
  void on_event(const Event& event) override;

 private:
  std::string text_of(const event::RunStarted& run, WallTime time) const;
  std::string text_of(const event::TaskStarted& task, WallTime time) const;
  std::string text_of(const event::TaskProgress& task, WallTime time) const;
  std::string text_of(const event::TaskEnded& task, WallTime time) const;
  std::string text_of(const event::PortDiscovered& port, WallTime time) const;
  std::string text_of(const event::ScriptFinished& script, WallTime time) const;
  std::string text_of(const event::ChildThreadFailed& failed, WallTime time) const;
  std::string text_of(const event::DeadlockFound& deadlock, WallTime time) const;
  // Events that the report does not show.
  template <class What>
  std::string text_of(const What&, WallTime) const {
    return "";
  }
  std::string text_of(const event::HostFinished& host, WallTime time) const;
  std::string text_of(const event::PhaseFinished& phase, WallTime time) const;
  std::string text_of(const event::Log& log, WallTime time) const;
  std::string text_of(const event::Stats& stats, WallTime time) const;
  std::string text_of(const event::LevelsChanged& levels, WallTime time);
  std::string text_of(const event::RunFinished& run, WallTime time);

  WriterOptions options_;
  Sink sink_;
  bool finished_ = false;
};

}  // namespace sluice::output
