// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/sluice.h>

#include <atomic>
#include <memory>
#include <sluice/command_line.hpp>
#include <sluice/engine.hpp>
#include <string>
#include <vector>

/// The engine of the C API: an Engine and the observer that passes its events on as lines of JSON. Owned by the caller
/// of the C API. Not thread-safe, but for the functions that sluice.h marks.
struct sluice_engine final : sluice::Observer {
  /// Errors: those of Engine::create.
  static sluice::Result<std::unique_ptr<sluice_engine>> create(sluice::CommandLine line, unsigned flags,
                                                               sluice_event_callback callback, void* user);
  ~sluice_engine() override;

  void on_event(const sluice::Event& event) override;

  /// Runs to the end if `to_end`, else one turn.
  sluice_end run(bool to_end) noexcept;
  /// For poll(), in milliseconds.
  int timeout();
  [[nodiscard]] sluice::Engine& engine() const noexcept { return *engine_; }
  [[nodiscard]] sluice::TargetQueue* targets() const noexcept { return targets_.get(); }
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// Why the run did not come to its end.
  [[nodiscard]] const char* error() const noexcept { return error_.c_str(); }

 private:
  sluice_engine(sluice_event_callback callback, void* user) : callback_(callback), user_(user) {}
  void pass_on(std::string_view line);

  const sluice_event_callback callback_;
  void* const user_;
  std::atomic<bool> silent_ = false;  ///< the engine is being destroyed
  std::vector<std::string> warnings_;
  std::shared_ptr<sluice::TargetQueue> targets_;  ///< null without SLUICE_FEED_TARGETS
  std::unique_ptr<sluice::Observer> writer_;
  std::string line_;   ///< that the callback receives
  std::string error_;  ///< of the run
  std::unique_ptr<sluice::Engine> engine_;
};
