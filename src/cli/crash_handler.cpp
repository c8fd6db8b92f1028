// SPDX-License-Identifier: Apache-2.0
#include "cli/crash_handler.hpp"

#include <unistd.h>

#include <atomic>
#include <cstring>
#include <sluice/running_script.hpp>

#include "cli/terminal.hpp"

namespace sluice::cli {

namespace {

constexpr std::size_t kStack = 64 << 10;

// The data of the handler.
std::atomic<Outputs*> outputs_of_run;
std::array<struct sigaction, CrashHandler::kSignals.size()> actions_before;

const char* name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    default:
      return "SIGABRT";
  }
}

void tell_at_once(const char* text) { [[maybe_unused]] const ssize_t written = ::write(2, text, std::strlen(text)); }

}  // namespace

CrashHandler::CrashHandler(Outputs& outputs) : stack_(std::make_unique<char[]>(kStack)) {
  outputs_of_run = &outputs;
  stack_t stack{};
  stack.ss_sp = stack_.get();
  stack.ss_size = kStack;
  ::sigaltstack(&stack, &stack_before_);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  for (std::size_t at = 0; at < kSignals.size(); ++at) ::sigaction(kSignals[at], &action, &actions_before[at]);
}

CrashHandler::~CrashHandler() {
  for (std::size_t at = 0; at < kSignals.size(); ++at) ::sigaction(kSignals[at], &actions_before[at], nullptr);
  ::sigaltstack(&stack_before_, nullptr);
  outputs_of_run = nullptr;
}

// The fault of one thread is handled. The handlers of before then receive the signal again: a fault happens again when
// this function returns, and the signal that raise() sends waits until then.
void CrashHandler::on_signal(int number) noexcept {
  for (std::size_t at = 0; at < kSignals.size(); ++at) ::sigaction(kSignals[at], &actions_before[at], nullptr);
  const RunningScript script = running_script();
  if (Outputs* const outputs = outputs_of_run.exchange(nullptr)) {
    Terminal::erase_at_crash();
    tell_at_once("sluice: ");
    tell_at_once(name_of(number));
    if (script.id) {
      tell_at_once(" in the script ");
      tell_at_once(script.id);
    }
    tell_at_once("; the reports are not complete.\n");
    outputs->note_crash(name_of(number), script);
  }
  ::raise(number);
}

}  // namespace sluice::cli
