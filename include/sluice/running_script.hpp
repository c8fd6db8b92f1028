// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/address.hpp>
#include <sluice/export.hpp>

namespace sluice {

/// The script whose code a thread executes.
struct RunningScript {
  const char* id = nullptr;       ///< identifier of the script; null if no code of a script is executed
  const Address* host = nullptr;  ///< its host; null for scripts without hosts
};

/// Returns the script whose code the calling thread executes, for a handler of SIGSEGV and its like. The pointers are
/// valid until the thread returns to the engine. Async-signal-safe.
SLUICE_EXPORT RunningScript running_script() noexcept;

}  // namespace sluice
