// SPDX-License-Identifier: Apache-2.0
#include <sluice/sluice.h>

#include <ctime>
#include <sluice/version.hpp>

#include "arguments/json_arguments.hpp"
#include "arguments/parse_options.hpp"
#include "capi/engine.hpp"
#include "capi/last_error.hpp"

// The functions of the C API. No exception leaves them.

namespace {

using sluice::capi::fail;
using sluice::capi::guarded;

constexpr unsigned kFlags =
    SLUICE_READ_ENVIRONMENT | SLUICE_RAISE_DESCRIPTOR_LIMIT | SLUICE_USE_CPU_SIGNAL | SLUICE_FEED_TARGETS;

/// SLUICE_OK if these parameters of a create function are allowed. Clears `engine`.
sluice_error check_parameters(unsigned flags, sluice_event_callback callback, sluice_engine** engine) noexcept {
  if (!engine) return fail(SLUICE_ERROR_MISUSE, "engine is null");
  *engine = nullptr;
  if (!callback) return fail(SLUICE_ERROR_MISUSE, "callback is null");
  if ((flags & ~kFlags) != 0) return fail(SLUICE_ERROR_MISUSE, "unknown flags");
  return SLUICE_OK;
}

sluice_error create(std::vector<std::string> arguments, unsigned flags, sluice_event_callback callback, void* user,
                    sluice_engine** engine) {
  arguments.insert(arguments.begin(), "sluice");
  // The time is for names of report files, which there are none of.
  auto line = sluice::arguments::parse_options(arguments, std::tm{}, sluice::arguments::Reader::Embedded);
  if (!line) return fail(line.error());
  auto made = sluice_engine::create(*std::move(line), flags, callback, user);
  if (!made) return fail(made.error());
  *engine = made->release();
  return SLUICE_OK;
}

}  // namespace

const char* sluice_version(void) { return sluice::kVersion; }

int sluice_api_version(void) { return SLUICE_API_VERSION; }

sluice_error sluice_create_from_arguments(int argc, const char* const* argv, unsigned flags,
                                          sluice_event_callback callback, void* user, sluice_engine** engine) {
  return guarded([&] {
    if (const sluice_error misuse = check_parameters(flags, callback, engine); misuse != SLUICE_OK) return misuse;
    if (argc < 0 || (argc > 0 && !argv)) return fail(SLUICE_ERROR_MISUSE, "argv is null, or argc is negative");
    std::vector<std::string> arguments;
    for (int index = 0; index < argc; ++index) {
      if (!argv[index]) return fail(SLUICE_ERROR_MISUSE, "an argument is null");
      arguments.emplace_back(argv[index]);
    }
    return create(std::move(arguments), flags, callback, user, engine);
  });
}

sluice_error sluice_create_from_json(const char* document, size_t length, unsigned flags,
                                     sluice_event_callback callback, void* user, sluice_engine** engine) {
  return guarded([&] {
    if (const sluice_error misuse = check_parameters(flags, callback, engine); misuse != SLUICE_OK) return misuse;
    if (!document) return fail(SLUICE_ERROR_MISUSE, "document is null");
    auto arguments = sluice::arguments::arguments_from_json({document, length});
    if (!arguments) return fail(arguments.error());
    return create(*std::move(arguments), flags, callback, user, engine);
  });
}

const char* sluice_last_error(void) { return sluice::capi::last_error(); }

const char* sluice_warning(const sluice_engine* engine, size_t index) {
  return engine && index < engine->warnings().size() ? engine->warnings()[index].c_str() : nullptr;
}

sluice_end sluice_run(sluice_engine* engine) { return engine ? engine->run(true) : SLUICE_FAILED; }

sluice_end sluice_step(sluice_engine* engine) { return engine ? engine->run(false) : SLUICE_FAILED; }

int sluice_poll_fd(const sluice_engine* engine) { return engine ? engine->engine().poll_fd() : -1; }

int sluice_poll_timeout(sluice_engine* engine) {
  if (!engine) return -1;
  try {
    return engine->timeout();
  } catch (...) {
    sluice::capi::fail_by_exception();
    return 0;  // the next turn meets the failure, too
  }
}

const char* sluice_error_message(const sluice_engine* engine) { return engine ? engine->error() : ""; }

void sluice_stop(sluice_engine* engine) {
  if (engine) engine->engine().stop();
}

void sluice_report_stats(sluice_engine* engine) {
  if (engine) engine->engine().report_stats();
}

void sluice_set_levels(sluice_engine* engine, int verbosity, int debugging) {
  if (engine) engine->engine().set_levels(verbosity, debugging);
}

sluice_error sluice_add_target(sluice_engine* engine, const char* target) {
  return guarded([&] {
    if (!engine || !target) return fail(SLUICE_ERROR_MISUSE, "engine or target is null");
    sluice::TargetQueue* const targets = engine->targets();
    if (!targets) return fail(SLUICE_ERROR_QUEUE_CLOSED, "the engine was created without SLUICE_FEED_TARGETS");
    if (targets->try_push(target)) return SLUICE_OK;
    return targets->closed() ? fail(SLUICE_ERROR_QUEUE_CLOSED, "the queue of targets is closed")
                             : fail(SLUICE_ERROR_QUEUE_FULL, "the queue of targets is full");
  });
}

void sluice_close_targets(sluice_engine* engine) {
  if (!engine || !engine->targets()) return;
  try {
    engine->targets()->close();
  } catch (...) {
    sluice::capi::fail_by_exception();
  }
}

void sluice_destroy(sluice_engine* engine) { delete engine; }
