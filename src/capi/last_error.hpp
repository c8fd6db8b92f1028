// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/sluice.h>
#include <sluice/error.hpp>

#include <exception>
#include <new>
#include <system_error>

namespace sluice::capi {

/// Keeps `message` as the last error of this thread. Returns `code`.
sluice_error fail(sluice_error code, const char* message) noexcept;
/// The same for an error of the C++ library.
sluice_error fail(const Error& error) noexcept;

/// Keeps the exception that is handled as the last error of this thread. Returns its code.
/// REQUIRES: called by a handler.
sluice_error fail_by_exception() noexcept;

/// The message of the last error of this thread; "" if there was none.
const char* last_error() noexcept;

/// Calls a function that returns a sluice_error, so that no exception leaves the C interface.
template <class Function>
sluice_error guarded(const Function& function) noexcept {
  try {
    return function();
  } catch (...) {
    return fail_by_exception();
  }
}

}  // namespace sluice::capi
