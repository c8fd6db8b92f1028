// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <sluice/command_line.hpp>

#include "cli/standard_streams.hpp"
#include "cli/terminal.hpp"

namespace sluice::cli {

/// The terminal that shows the status block of a run. As long as the object exists, all that the process prints there
/// goes through it. At most one object exists at a time. Not thread-safe.
class WatchedTerminal {
 public:
  /// Returns null if the run has no status block: standard output, or stderr in its place, is no terminal that can have
  /// one (Terminal::open()), or the options turn it off. REQUIRES: Outputs::open() was called.
  static std::unique_ptr<WatchedTerminal> open(const CommandLine& command);
  ~WatchedTerminal();
  WatchedTerminal(const WatchedTerminal&) = delete;
  WatchedTerminal& operator=(const WatchedTerminal&) = delete;

  [[nodiscard]] const std::shared_ptr<Terminal>& terminal() const noexcept { return terminal_; }

 private:
  explicit WatchedTerminal(std::shared_ptr<Terminal> terminal);

  std::shared_ptr<Terminal> terminal_;
  StandardStreams streams_;
};

}  // namespace sluice::cli
