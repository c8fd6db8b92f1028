// SPDX-License-Identifier: Apache-2.0
#include "cli/watched_terminal.hpp"

#include <unistd.h>

#include <utility>

namespace sluice::cli {

std::unique_ptr<WatchedTerminal> WatchedTerminal::open(const CommandLine& command) {
  if (!command.interactive || command.quiet) return nullptr;
  auto terminal = Terminal::open(STDOUT_FILENO);  // the descriptor may be a duplicate of stderr now
  if (!terminal) return nullptr;
  return std::unique_ptr<WatchedTerminal>(new WatchedTerminal(std::move(terminal)));
}

WatchedTerminal::WatchedTerminal(std::shared_ptr<Terminal> terminal) : terminal_(std::move(terminal)) {
  Terminal::set_in_use(terminal_);
}

WatchedTerminal::~WatchedTerminal() { Terminal::set_in_use(nullptr); }

}  // namespace sluice::cli
