// SPDX-License-Identifier: Apache-2.0
#include "capi/last_error.hpp"

#include <string>

#include "output/escape.hpp"

namespace sluice::capi {

namespace {

thread_local std::string message_of_thread;
thread_local const char* last = "";

sluice_error code_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::InvalidOption:
      return SLUICE_ERROR_INVALID_OPTION;
    case ErrorCode::UnreadableFile:
      return SLUICE_ERROR_UNREADABLE_FILE;
    case ErrorCode::ResourceShortage:
      return SLUICE_ERROR_RESOURCE_SHORTAGE;
    case ErrorCode::Unsupported:
      return SLUICE_ERROR_UNSUPPORTED;
  }
  return SLUICE_ERROR_INTERNAL;
}

}  // namespace

sluice_error fail(sluice_error code, const char* message) noexcept {
  try {
    message_of_thread = output::protect(message, output::Keep::OneLine);
    last = message_of_thread.c_str();
  } catch (const std::bad_alloc&) {
    last = "out of memory";
  }
  return code;
}

sluice_error fail(const Error& error) noexcept { return fail(code_of(error.code), error.message.c_str()); }

sluice_error fail_by_exception() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return fail(SLUICE_ERROR_RESOURCE_SHORTAGE, "out of memory");
  } catch (const std::system_error& failure) {
    return fail(SLUICE_ERROR_RESOURCE_SHORTAGE, failure.what());
  } catch (const std::exception& failure) {
    return fail(SLUICE_ERROR_INTERNAL, failure.what());
  } catch (...) {
    return fail(SLUICE_ERROR_INTERNAL, "an exception that is no std::exception");
  }
}

const char* last_error() noexcept { return last; }

}  // namespace sluice::capi
