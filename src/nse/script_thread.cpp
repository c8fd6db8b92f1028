#include "nse/script_thread.hpp"

#include <cinttypes>
#include <cstdio>

#include "nse/blocking.hpp"
#include "nse/condvar.hpp"
#include "nse/mutex.hpp"
#include "nse/open_files.hpp"
#include "nse/results.hpp"
#include "nse/runtime.hpp"
#include "nse/socket.hpp"

namespace sluice::nse {

ScriptThread::ScriptThread(Runtime& runtime, const Script& script, ScriptRule rule, ScriptHost& host, PortReport* port,
                           const ScriptThread* parent)
    : lease(runtime.parts.slots, host.line),
      runtime_(runtime),
      script_(script),
      rule_(rule),
      host_(host),
      port_(port),
      worker_(parent != nullptr),
      parent_coroutine_(parent ? parent->script_coroutine() : nullptr),
      parent_instance_(parent ? parent->instance() : core::ThreadId{}),
      charge_(lua::home(runtime.main()), kOwnMemory),
      started_(parent ? parent->started_ : runtime.parts.clock.now()) {
  host.threads.push_back(*this);
  if (const auto& limit = runtime.options.script_timeout)
    timeout_ = runtime.parts.deadlines.arm(started_ + *limit, *this, kTimeout);
}

ScriptThread::~ScriptThread() { clean_up(true); }

core::Completion ScriptThread::start_operation() noexcept {
  return {&runtime_.parts.scheduler, runtime_.parts.scheduler.start_operation(id_)};
}

core::Completion ScriptThread::start_operation(Socket& on) noexcept {
  socket = &on;
  on.user = this;
  return start_operation();
}

ScriptThread::Step ScriptThread::resume() noexcept {
  runtime_.parts.slots.resumed(lease);
  if (std::exchange(wait.for_threads, false)) --runtime_.waiting_for_threads;
  runtime_.current_ = this;
  if (preempted_in)
    runtime_.watchdog.begin_slice(coroutine_, burst_used_);
  else
    runtime_.watchdog.start(coroutine_);
  int results = 0;
  take_mark(coroutine_);
  runtime_.memory.begin_resume();
  const int status = lua_resume(coroutine_, nullptr, std::exchange(arguments_, 0), &results);
  runtime_.memory.end_resume(*this);
  runtime_.current_ = nullptr;
  if (status == LUA_YIELD && blocked && kill_reason.empty()) {
    if (preempted_in) burst_used_ = runtime_.watchdog.used();
    runtime_.watchdog.end();
    if (wait.for_threads) ++runtime_.waiting_for_threads;
    runtime_.parts.slots.suspended(lease);
    return preempted_in ? Step::Preempted : Step::Suspended;
  }
  wait.for_threads = false;
  const bool killed = !kill_reason.empty();
  if (exited)
    report_exit();
  else if (killed)
    report_kill();
  else if (status == LUA_OK)
    finish(results);
  else if (status == LUA_YIELD)
    fail_yielding();
  else
    fail(status);
  clean_up(killed || exited);
  if (exited) runtime_.exit_instance(*this);
  return Step::Ended;
}

void ScriptThread::expired(std::uint64_t cookie) {
  if (cookie == kSleep)
    sleeping({});
  else
    kill(event::Outcome::TimedOut);
}

void ScriptThread::begin_action() {
  acted_ = true;
  runtime_.observer.on_script_started(*this);
}

void ScriptThread::kill(event::Outcome outcome, std::string message) noexcept {
  if (over_) return;
  if (worker_ && lua_checkstack(coroutine_, 3)) {
    lua_pushstring(coroutine_, outcome == event::Outcome::TimedOut ? "timed out" : "killed");
    note_error();
  }
  const bool reported = !worker_ || outcome == event::Outcome::TimedOut || !message.empty();
  std::string where;
  if (reported && blocked) where = traceback(suspended_in);
  std::optional<ScriptResult> result = stopped_result(message);
  report(outcome, std::move(result), std::move(message), std::move(where));
  runtime_.parts.scheduler.remove(id_);
  clean_up(true);
}

void ScriptThread::finish(int results) noexcept {
  if (worker_) return;
  // The driver leaves false if the rule said no, else true and what action returned.
  const int first = lua_gettop(coroutine_) - results + 1;
  std::optional<ScriptResult> result;
  if (results > 0 && lua_toboolean(coroutine_, first)) {
    const Runtime::CodeOfScripts to_string(runtime_, coroutine_, *this);
    runtime_.converted = this;
    result = script_result(coroutine_, first + 1, script_.id);
    runtime_.converted = nullptr;
  }
  if (exited) return report_exit();
  if (result && result->output.empty()) runtime_.log(event::warning("Bug in " + script_.id + ": no string output."));
  const event::Outcome outcome = result ? event::Outcome::Result : event::Outcome::Silent;
  report(outcome, std::move(result), {}, {});
}

void ScriptThread::fail(int status) noexcept {
  std::string message = describe_error(coroutine_, -1);
  if (status == LUA_ERRMEM && lua::home(coroutine_).limited)
    message += ": the scripts have taken all that they may (--script-memory)";
  if (is_silent_failure(coroutine_, -1)) {
    report(event::Outcome::Silent, std::nullopt, std::move(message), {});
  } else {
    report(event::Outcome::Failed, failure_result(), std::move(message), lua::traceback(coroutine_));
  }
  unwrap_try_error(coroutine_);
  note_error();
}

void ScriptThread::report_kill() noexcept {
  std::optional<ScriptResult> result = stopped_result(kill_reason);
  report(event::Outcome::Killed, std::move(result), std::move(kill_reason), std::move(kill_traceback));
}

std::optional<ScriptResult> ScriptThread::stopped_result(const std::string& why) const {
  const bool over_limit = kill_cause == event::KillCause::CpuBudget || kill_cause == event::KillCause::Memory;
  if (worker_ || !over_limit) return std::nullopt;
  return ScriptResult{script_.id, "ERROR: Script was stopped: it " + why, {}};
}

std::optional<ScriptResult> ScriptThread::failure_result() const {
  if (worker_ || runtime_.options.debugging) return std::nullopt;
  return ScriptResult{script_.id, "ERROR: Script execution failed (use -d to debug)", std::nullopt};
}

void ScriptThread::report_exit() noexcept {
  if (worker_) return;  // the instance, which ends with it, says so
  if (acted_)
    report(event::Outcome::Killed, std::nullopt, kExited, {});
  else
    report(event::Outcome::Failed, failure_result(), std::string("its rule ") + kExited, {});
}

void ScriptThread::end_with_instance() noexcept {
  if (over_) return;
  if (!worker_) report_exit();
  runtime_.parts.scheduler.remove(id_);
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
  lua_rawseti(coroutine_, -2, kErrorOfWorker);  // its place was made when the table was
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

std::string ScriptThread::name() const {
  char text[32];
  std::snprintf(text, sizeof text, "%c:%" PRIxPTR, worker_ ? 'W' : 'M', reinterpret_cast<std::uintptr_t>(coroutine_));
  return text;
}

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
  finished.cause = kill_cause;
  if (blocked && !preempted_in) finished.waited_for = wait.what;
  finished.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(runtime_.parts.clock.now() - started_);
  if (worker_)
    runtime_.observer.on_worker_failed({std::move(finished)});
  else
    runtime_.observer.on_script_finished(*this, std::move(finished));
}

void ScriptThread::preempt(lua_State* coroutine) {
  runtime_.preempted.insert(coroutine);
  preempted_in = suspended_in = coroutine;
  blocked = true;
}

void ScriptThread::end_preemption() noexcept {
  if (!preempted_in) return;
  runtime_.preempted.erase(preempted_in);
  preempted_in = nullptr;
  blocked = false;
}

void ScriptThread::reset(lua_State* coroutine) noexcept {
  const Runtime::CodeOfScripts variables_to_be_closed(runtime_, coroutine, *this);
  lua_resetthread(coroutine);
  lua_settop(coroutine, 0);  // what they left of an error
}

void ScriptThread::clean_up(bool killed) noexcept {
  if (std::exchange(over_, true)) return;
  unlink();
  if (std::exchange(wait.for_threads, false)) --runtime_.waiting_for_threads;
  runtime_.parts.deadlines.cancel(sleep);
  runtime_.parts.deadlines.cancel(timeout_);
  if (socket) {
    socket->user = nullptr;
    if (socket->id) runtime_.parts.network.cancel(socket->id);
    socket = nullptr;
  }
  place_in_line.reset();
  if (lease.waiting()) runtime_.parts.slots.withdraw(lease);
  if (killed) sockets.for_each([this](Socket& each) { runtime_.parts.network.kill(each.id); });
  while (!sockets.empty()) sockets.front().close();
  while (!mutexes.empty()) mutexes.front().release();
  while (!condvars.empty()) (*condvars.begin())->leave(*this);
  runtime_.parts.slots.ended(lease);
  lua_State* const inner = preempted_in;
  end_preemption();
  if (inner && inner != coroutine_) reset(inner);
  if (coroutine_) reset(coroutine_);
  anchor_.reset();
  if (leaves_open_files(runtime_.state_, *this)) runtime_.collector.request();
  if (const auto found = runtime_.threads_.find(this); found != runtime_.threads_.end()) {
    runtime_.ended_.push_back(std::move(found->second));  // destroyed once nobody stands in it any more
    runtime_.threads_.erase(found);
  }
}

}  // namespace sluice::nse
