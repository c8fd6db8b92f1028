// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <csignal>
#include <memory>

#include "cli/outputs.hpp"

namespace sluice::cli {

/// As long as it exists, a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) is noted in the journal with the script
/// whose code has caused it, and in a line on stderr. Then the signal ends the process as without this object: with a
/// core dump. At most one object exists at a time. Not thread-safe.
class CrashHandler {
 public:
  static constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

  explicit CrashHandler(Outputs& outputs);
  ~CrashHandler();
  CrashHandler(const CrashHandler&) = delete;
  CrashHandler& operator=(const CrashHandler&) = delete;

 private:
  static void on_signal(int number) noexcept;

  std::unique_ptr<char[]> stack_;  ///< of the handler, because that of the thread may be full
  stack_t stack_before_{};
};

}  // namespace sluice::cli
