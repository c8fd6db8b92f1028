// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/script_thread.hpp"

#include "nse/runtime/blocking.hpp"
#include "nse/runtime/condvar.hpp"
#include "nse/runtime/mutex.hpp"
#include "nse/runtime/open_files.hpp"
#include "nse/runtime/results.hpp"
#include "nse/runtime/runtime.hpp"
#include "nse/runtime/socket.hpp"

namespace sluice::nse {

namespace {

std::shared_ptr<RuleObservation> make_observation(const Runtime& runtime,
                                                  const std::shared_ptr<RuleObservation>* shared) {
  if (shared) return *shared;
  return runtime.options.rules_only ? std::make_shared<RuleObservation>() : nullptr;
}

}  // namespace

ScriptThread::ScriptThread(Runtime& runtime, const Script& script, ScriptRule rule, ScriptHost& host, PortReport* port,
                           const ScriptThread* parent)
    : runtime_(runtime),
      scheduler_(runtime.parts.scheduler),
      script_(script),
      rule_(rule),
      host_(host),
      port_(port),
      worker_(parent != nullptr),
      number_(runtime.next_thread_number()),
      parent_coroutine_(parent ? parent->script_coroutine() : nullptr),
      parent_instance_(parent ? parent->instance() : core::ThreadId{}),
      observation_(make_observation(runtime, parent ? &parent->observation_ : nullptr)),
      lease_(runtime.parts.slots, host.line),
      charge_(lua::home(runtime.main()), kOwnMemory),
      started_(parent ? parent->started_ : runtime.parts.clock.now()) {
  host.add(*this);
  if (const auto& limit = runtime.options.script_timeout)
    timeout_ = runtime.parts.deadlines.arm(started_ + *limit, *this);
}

ScriptThread::~ScriptThread() {
  clean_up(true);
  host_.remove();
}

void ScriptThread::set_coroutine(lua_State* coroutine, lua::Ref anchor) noexcept {
  coroutine_ = coroutine;
  anchor_ = std::move(anchor);
}

void ScriptThread::report_unstarted(std::string message) {
  report(event::Outcome::Failed, std::nullopt, std::move(message), {});
}

void ScriptThread::report_left_out(const std::string& why) {
  if (why.empty()) return report(event::Outcome::Silent, std::nullopt, {}, {});
  report(event::Outcome::Failed, ScriptResult{script_.id, "ERROR: Script was left out: it " + why, {}}, why, {});
}

ScriptThread::Step ScriptThread::resume() noexcept {
  runtime_.parts.slots.resumed(lease_);
  runtime_.set_current(this);
  if (const auto* preemption = pending<pending::Preemption>())
    runtime_.watchdog.begin_slice(coroutine_, preemption->used);
  else
    runtime_.watchdog.start(coroutine_);
  int results = 0;
  take_mark(coroutine_);
  runtime_.memory.begin_resume();
  const int status = lua_resume(coroutine_, nullptr, std::exchange(arguments_, 0), &results);
  runtime_.memory.end_resume(*this);
  runtime_.set_current(nullptr);
  if (status == LUA_YIELD && suspended_in() && !ending()) {
    auto* preemption = pending<pending::Preemption>();
    if (preemption) preemption->used = runtime_.watchdog.used();
    runtime_.watchdog.end();
    runtime_.parts.slots.suspended(lease_);
    return preemption ? Step::Preempted : Step::Suspended;
  }
  const bool killed = ending();
  if (exited_)
    report_exit();
  else if (killed)
    report_kill();
  else if (status == LUA_OK)
    finish(results);
  else if (status == LUA_YIELD)
    fail_yielding();
  else
    fail(status);
  clean_up(killed || exited_);
  if (exited_) runtime_.exit_instance(*this);
  return Step::Ended;
}

void ScriptThread::expired(std::uint64_t) { kill(event::Outcome::TimedOut); }

void ScriptThread::begin_action() {
  acted_ = true;
  runtime_.observer.on_script_started(*this);
}

void ScriptThread::kill(event::Outcome outcome, std::string message, event::KillCause cause) noexcept {
  if (over_) return;
  if (cause != event::KillCause::None) kill_cause_ = cause;
  if (worker_ && lua_checkstack(coroutine_, 3)) {
    lua_pushstring(coroutine_, outcome == event::Outcome::TimedOut ? "timed out" : "killed");
    note_error();
  }
  const bool reported = !worker_ || outcome == event::Outcome::TimedOut || !message.empty();
  std::string where;
  if (lua_State* innermost = suspended_in(); reported && innermost) where = traceback(innermost);
  std::optional<ScriptResult> result = stopped_result(message);
  report(outcome, std::move(result), std::move(message), std::move(where));
  scheduler_.remove(id_);
  clean_up(true);
}

void ScriptThread::finish(int results) noexcept {
  if (worker_) return;
  // The results of the driver: false if the rule returned false; otherwise true and the values of the action.
  const int first = lua_gettop(coroutine_) - results + 1;
  std::optional<ScriptResult> result;
  if (results > 0 && lua_toboolean(coroutine_, first)) {
    const Runtime::CodeOfScripts to_string(runtime_, coroutine_, *this);
    runtime_.set_converted(this);
    result = script_result(coroutine_, first + 1, script_.id);
    runtime_.set_converted(nullptr);
  }
  if (exited_) return report_exit();
  if (result && result->output.empty()) runtime_.log(event::warning("Bug in " + script_.id + ": no string output."));
  const event::Outcome outcome = result ? event::Outcome::Result : event::Outcome::Silent;
  report(outcome, std::move(result), {}, {});
}

void ScriptThread::fail(int status) noexcept {
  std::string message = describe_error(coroutine_, -1);
  if (status == LUA_ERRMEM && lua::home(coroutine_).limited)
    message += ": the scripts have reached their memory limit (--script-memory)";
  if (is_silent_failure(coroutine_, -1)) {
    report(event::Outcome::Silent, std::nullopt, std::move(message), {});
  } else {
    report(event::Outcome::Failed, failure_result(), std::move(message), lua::traceback(coroutine_));
  }
  unwrap_try_error(coroutine_);
  note_error();
}

void ScriptThread::report_kill() noexcept {
  std::optional<ScriptResult> result = stopped_result(kill_reason_);
  report(event::Outcome::Killed, std::move(result), std::move(kill_reason_), std::move(kill_traceback_));
}

std::optional<ScriptResult> ScriptThread::stopped_result(const std::string& why) const {
  const bool over_limit = kill_cause_ == event::KillCause::CpuBudget || kill_cause_ == event::KillCause::Memory;
  if (worker_ || !over_limit) return std::nullopt;
  return ScriptResult{script_.id, "ERROR: Script was killed: it " + why, {}};
}

std::optional<ScriptResult> ScriptThread::failure_result() const {
  if (worker_ || runtime_.options.debugging) return std::nullopt;
  return ScriptResult{script_.id, "ERROR: Script execution failed (use -d to debug)", std::nullopt};
}

void ScriptThread::report_exit() noexcept {
  if (worker_) return;  // the script instance reports it
  if (acted_)
    report(event::Outcome::Killed, std::nullopt, kExited, {});
  else
    report(event::Outcome::Failed, failure_result(), std::string("its rule ") + kExited, {});
}

void ScriptThread::end_with_instance() noexcept {
  if (over_) return;
  if (!worker_) report_exit();
  scheduler_.remove(id_);
  clean_up(true);
}

void ScriptThread::fail_yielding() noexcept {
  constexpr const char* kMessage = "yielded unexpectedly and cannot be resumed";
  report(event::Outcome::Failed, std::nullopt, kMessage, lua::traceback(coroutine_));
  if (!lua_checkstack(coroutine_, 3)) return;
  lua_pushstring(coroutine_, kMessage);
  note_error();
}

void ScriptThread::note_error() noexcept {
  if (!worker_) return;
  anchor_.push(coroutine_);
  lua_insert(coroutine_, -2);
  lua_rawseti(coroutine_, -2, kErrorOfWorker);  // does not allocate: the table was created with room for it
  lua_pop(coroutine_, 1);
}

std::string ScriptThread::traceback(lua_State* innermost) const {
  std::string text = lua::traceback(innermost);
  if (innermost != coroutine_) text += "\nresumed from:\n" + lua::traceback(coroutine_);
  return text;
}

void ScriptThread::push_coroutine(lua_State* state) const noexcept {
  lua_pushthread(coroutine_);
  lua_xmove(coroutine_, state, 1);
}

ScriptPlace ScriptThread::place() const {
  ScriptPlace place;
  place.phase = name_of(rule_);
  if (host_.report) {
    place.address = host_.report->address;
    place.target_name = host_.report->target_name;
  }
  if (port_) {
    place.port = port_->number;
    place.protocol = port_->protocol;
  }
  return place;
}

std::string ScriptThread::name() const { return (worker_ ? "W:" : "M:") + std::to_string(number_); }

std::string ScriptThread::describe() const {
  std::string text = script_.id;
  if (!host_.report) return text;
  std::string where = host_.report->address.text();
  if (port_) where = (host_.report->address.is_v4() ? where : "[" + where + "]") + ":" + std::to_string(port_->number);
  text += " against ";
  text += host_.report->target_name.empty() ? where : host_.report->target_name + " (" + where + ")";
  return text;
}

void ScriptThread::report(event::Outcome outcome, std::optional<ScriptResult> result, std::string message,
                          std::string traceback) {
  const bool failed = outcome == event::Outcome::Failed || outcome == event::Outcome::TimedOut || !message.empty();
  if (worker_ && (!failed || outcome == event::Outcome::Silent)) return;
  event::ScriptFinished finished;
  finished.id = script_.id;
  finished.place = place();
  finished.outcome = outcome;
  finished.result = std::move(result);
  finished.message = std::move(message);
  finished.traceback = std::move(traceback);
  if (failed && coroutine_) finished.thread = name();
  finished.cause = kill_cause_;
  finished.waited_for = awaited();
  finished.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(runtime_.parts.clock.now() - started_);
  if (worker_)
    runtime_.observer.on_worker_failed({std::move(finished)});
  else
    runtime_.observer.on_script_finished(*this, std::move(finished));
}

void ScriptThread::preempt(lua_State* coroutine) {
  runtime_.add_preempted(coroutine);
  operation_.emplace<pending::Preemption>(*this, core::Completion{}, coroutine);
}

void ScriptThread::add(Socket& socket) noexcept { sockets_.push_back(socket); }
void ScriptThread::add(Mutex& mutex) noexcept { mutexes_.push_back(mutex); }
void ScriptThread::add(Condvar& condvar) { condvars_.emplace(condvar.number(), &condvar); }
void ScriptThread::remove(const Condvar& condvar) noexcept { condvars_.erase(condvar.number()); }

void ScriptThread::set_kill_reason(std::string reason, event::KillCause cause, std::string traceback) noexcept {
  kill_reason_ = std::move(reason);
  kill_cause_ = cause;
  kill_traceback_ = std::move(traceback);
}

void ScriptThread::exit() {
  exited_ = true;
  kill_reason_ = kExited;
}

void ScriptThread::reset(lua_State* coroutine) noexcept {
  const Runtime::CodeOfScripts variables_to_be_closed(runtime_, coroutine, *this);
  lua_resetthread(coroutine);
  lua_settop(coroutine, 0);  // removes the error value
}

void ScriptThread::clean_up(bool killed) noexcept {
  if (std::exchange(over_, true)) return;
  unlink();
  runtime_.parts.deadlines.cancel(timeout_);
  const bool preempted = pending<pending::Preemption>() != nullptr;
  lua_State* const innermost = suspended_in();
  end_operation();
  if (killed) sockets_.for_each([this](Socket& each) { runtime_.parts.processes.kill(each.id); });
  while (!sockets_.empty()) sockets_.front().close();
  while (!mutexes_.empty()) mutexes_.front().release();
  while (!condvars_.empty()) condvars_.begin()->second->leave(*this);
  runtime_.parts.slots.ended(lease_);
  if (preempted && innermost != coroutine_) reset(innermost);
  if (coroutine_) reset(coroutine_);
  anchor_.reset();
  if (leaves_open_files(runtime_.main(), *this)) runtime_.collector.request();
  runtime_.retire(*this);
}

}  // namespace sluice::nse
