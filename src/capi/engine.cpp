// SPDX-License-Identifier: Apache-2.0
#include "capi/engine.hpp"

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <sluice/writer.hpp>
#include <utility>

#include "capi/last_error.hpp"
#include "output/escape.hpp"

using sluice::Engine;

namespace {

sluice_end code_of(Engine::End end) noexcept {
  switch (end) {
    case Engine::End::Finished:
      return SLUICE_FINISHED;
    case Engine::End::Stopped:
      return SLUICE_STOPPED;
    case Engine::End::Failed:
      return SLUICE_FAILED;
    case Engine::End::Unusable:
      return SLUICE_UNUSABLE;
  }
  return SLUICE_FAILED;
}

}  // namespace

sluice::Result<std::unique_ptr<sluice_engine>> sluice_engine::create(sluice::CommandLine line, unsigned flags,
                                                                     sluice_event_callback callback, void* user) {
  std::unique_ptr<sluice_engine> made(new sluice_engine(callback, user));
  made->warnings_ = std::move(line.warnings);
  const char* const preloads = (flags & SLUICE_READ_ENVIRONMENT) != 0 ? std::getenv("LD_PRELOAD") : nullptr;
  if (auto warning = sluice::proxy_warning(preloads ? preloads : "")) {
    line.options.proxied = true;
    made->warnings_.push_back(*std::move(warning));
  }
  if ((flags & SLUICE_FEED_TARGETS) != 0)
    line.options.target_queue = made->targets_ = std::make_shared<sluice::TargetQueue>();
  made->writer_ = sluice::make_writer(sluice::Format::Json, sluice::writer_options(line.options),
                                      [engine = made.get()](std::string_view bytes) { engine->pass_on(bytes); });
  std::shared_ptr<sluice::Platform> platform =
      sluice::Platform::native({.read_environment = (flags & SLUICE_READ_ENVIRONMENT) != 0,
                                .raise_descriptor_limit = (flags & SLUICE_RAISE_DESCRIPTOR_LIMIT) != 0,
                                .use_cpu_signal = (flags & SLUICE_USE_CPU_SIGNAL) != 0});
  auto engine = Engine::create(std::move(line.options), *made, std::move(platform));
  if (!engine) return engine.error();
  made->engine_ = *std::move(engine);
  return made;
}

sluice_engine::~sluice_engine() {
  silent_ = true;
  engine_.reset();
}

void sluice_engine::on_event(const sluice::Event& event) {
  if (silent_) return;
  if (const auto* run = std::get_if<sluice::event::RunFinished>(&event.what))
    error_ = sluice::output::protect(run->error.empty() ? run->not_sent : run->error, sluice::output::Keep::OneLine);
  writer_->on_event(event);
}

/// The writer calls it once for each event, with a whole line.
void sluice_engine::pass_on(std::string_view line) {
  line_.assign(line, 0, line.size() - 1);  // without the newline
  if (callback_(user_, line_.c_str(), line_.size()) != 0) engine_->stop();
}

sluice_end sluice_engine::run(bool to_end) noexcept {
  try {
    const auto end = to_end ? engine_->run() : engine_->step();
    if (!end) return SLUICE_RUNNING;
    if (*end == Engine::End::Failed && error_.empty()) error_ = "the engine failed";
    return code_of(*end);
  } catch (...) {
    sluice::capi::fail_by_exception();
  }
  try {
    error_ = sluice::capi::last_error();
  } catch (const std::bad_alloc&) {  // it stays as it is
  }
  return SLUICE_FAILED;
}

int sluice_engine::timeout() {
  using namespace std::chrono;
  const steady_clock::time_point until = engine_->next_deadline(), now = steady_clock::now();
  if (until == steady_clock::time_point::max()) return -1;
  if (until <= now) return 0;
  return static_cast<int>(std::min<milliseconds::rep>(ceil<milliseconds>(until - now).count(), INT_MAX));
}
