// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/runtime.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "lua/binding.hpp"
#include "nse/runtime/blocking.hpp"
#include "nse/runtime/cpu_limit.hpp"
#include "nse/runtime/environment.hpp"
#include "nse/runtime/host_table.hpp"
#include "nse/runtime/rule_watch.hpp"

namespace sluice::nse {
namespace {

constexpr int kGlobalsOfScript = 12;  ///< preallocated fields of a script's environment

/// Arguments of make_coroutine, which runs in a protected call.
struct Start {
  Runtime& runtime;
  ScriptThread& thread;
  const Script& script;
  bool forced;
};

/// Runs a script instance: its chunk, its rule and its action. Returns false if the rule returned false; otherwise true
/// and the values of the action. It is written in Lua so that the script can yield.
constexpr std::string_view kDriver = R"(
local started = ...
return function(chunk, env, rule, ...)
  chunk(env)
  if rule and not env[rule](...) then return false end
  started()
  return true, env.action(...)
end)";

int started(lua_State* state) {
  lua::owner<Runtime>(state).current()->begin_action();
  return 0;
}

void push_driver(lua_State* state) {
  if (luaL_loadbufferx(state, kDriver.data(), kDriver.size(), "=sluice", "t") != LUA_OK) lua_error(state);
  lua_pushcfunction(state, started);
  lua_call(state, 1, 1);
}

int open_all(lua_State* state) {
  open_environment(state);
  if (lua::owner<Runtime>(state).options.rules_only)
    push_rule_driver(state);
  else
    push_driver(state);
  lua_createtable(state, 0, 1);
  lua_pushglobaltable(state);
  lua_setfield(state, -2, "__index");
  return 2;
}

}  // namespace

Runtime::Runtime(Parts what, RuntimeOptions how, RuntimeObserver& who)
    : parts(std::move(what)),
      options(std::move(how)),
      observer(who),
      watchdog(parts.watchdog),
      database_({[this](const char* name) { return options.find_file(name); }}) {}

Result<std::unique_ptr<Runtime>> Runtime::create(Parts parts, RuntimeOptions options, RuntimeObserver& observer) {
  std::unique_ptr<Runtime> runtime(new Runtime(std::move(parts), std::move(options), observer));
  if (auto opened = runtime->open(); !opened) return opened.error();
  return runtime;
}

Result<void> Runtime::open() {
  state_.home().owner = this;
  watchdog.clear_hook(state_);  // a coroutine inherits the hook of the coroutine that creates it
  lua_pushcfunction(state_, open_all);
  if (lua_pcall(state_, 0, 2, 0) != LUA_OK) {
    Error error{"the script libraries cannot be loaded: " + lua::describe(state_, -1)};
    lua_pop(state_, 1);
    return error;
  }
  environment_meta_ = lua::Ref(state_);
  driver_ = lua::Ref(state_);
  return {};
}

Runtime::~Runtime() {
  stop();
  reap();
  driver_.reset();
  environment_meta_.reset();
  state_.close();  // before the members are destroyed, because finalizers may use them
}

void Runtime::adopt(std::unique_ptr<ScriptThread> thread) {
  ScriptThread& adopted = *thread;
  threads_.push_back(std::move(thread));
  adopted.set_position(std::prev(threads_.end()));
  adopted.schedule();
}

void Runtime::retire(ScriptThread& thread) noexcept {
  if (const auto position = thread.position()) ended_.splice(ended_.end(), threads_, *position);
}

std::uint64_t Runtime::next_thread_number() noexcept {
  return options.first_thread_number + options.thread_number_step * thread_numbers_++;
}

int Runtime::make_coroutine(lua_State* state) {
  const Start& start = *static_cast<const Start*>(lua_touserdata(state, 1));
  ScriptThread& thread = start.thread;
  lua_State* coroutine = lua_newthread(state);
  thread.set_coroutine(coroutine, lua::Ref(state));
  start.runtime.driver_.push(state);
  start.script.chunk.push(state);
  lua_createtable(state, 0, kGlobalsOfScript);
  lua::set_field(state, "SCRIPT_PATH", start.script.path);
  lua::set_field(state, "SCRIPT_NAME", start.script.id);
  lua::set_field(state, "SCRIPT_TYPE", name_of(thread.rule()));
  start.runtime.environment_meta_.push(state);
  lua_setmetatable(state, -2);
  if (start.forced)
    lua_pushnil(state);
  else
    lua_pushstring(state, name_of(thread.rule()));
  if (thread.host().report) push_host_copy(state, thread.host());
  if (thread.port()) push_port(state, *thread.port());
  const int values = lua_gettop(state) - 1;
  lua_xmove(state, coroutine, values);
  thread.set_arguments(values - 1);
  return 0;
}

void Runtime::start(const Script& script, ScriptRule rule, bool forced, ScriptHost* host, PortReport* port) {
  auto made = std::make_unique<ScriptThread>(*this, script, rule, host ? *host : hostless_, port);
  if (RuleObservation* seen = made->observation()) seen->forced = forced;
  Start what{*this, *made, script, forced};
  lua_pushcfunction(state_, make_coroutine);
  lua_pushlightuserdata(state_, &what);
  if (lua_pcall(state_, 1, 0, 0) != LUA_OK) {
    made->report_unstarted(lua::describe(state_, -1));
    lua_pop(state_, 1);
    return;
  }
  adopt(std::move(made));
}

void Runtime::leave_out(const Script& script, ScriptRule rule, ScriptHost* host, PortReport* port,
                        const std::string& why) {
  ScriptThread(*this, script, rule, host ? *host : hostless_, port).report_left_out(why);
}

void Runtime::start_worker(lua_State* state, int arguments) {
  ScriptThread& parent = *current_;
  lua_rawgeti(state, -1, ScriptThread::kCoroutineOfWorker);
  lua_State* coroutine = lua_tothread(state, -1);
  lua_pop(state, 1);
  put_mark(coroutine);
  lua::Ref anchor(state);
  auto made =
      std::make_unique<ScriptThread>(*this, parent.script(), parent.rule(), parent.host(), parent.port(), &parent);
  made->set_coroutine(coroutine, std::move(anchor));
  made->set_arguments(arguments);
  adopt(std::move(made));
}

int Runtime::make_host(lua_State* state) {
  auto& host = *static_cast<ScriptHost*>(lua_touserdata(state, 1));
  push_host(state, host);
  host.table = lua::Ref(state);
  return 0;
}

void Runtime::enter(ScriptHost& host) {
  host.serial = ++serials_;
  hosts_.emplace(host.serial, &host);
  host_names_[host.report->address.text()] = host.serial;
  if (!host.report->target_name.empty()) host_names_[host.report->target_name] = host.serial;
  lua_pushcfunction(state_, make_host);
  lua_pushlightuserdata(state_, &host);
  if (lua_pcall(state_, 1, 0, 0) != LUA_OK) lua_pop(state_, 1);  // memory is short: its scripts fail to start
}

void Runtime::leave(ScriptHost& host) {
  kill(&host, event::Outcome::Killed);
  reap();
  for (const std::string& name : {host.report->address.text(), host.report->target_name})
    if (const auto found = host_names_.find(name); found != host_names_.end() && found->second == host.serial)
      host_names_.erase(found);
  hosts_.erase(host.serial);
  host.table.reset();
}

void Runtime::kill(ScriptHost* host, event::Outcome outcome) {
  auto& of_host = host ? host->threads : hostless_.threads;
  while (!of_host.empty()) of_host.front().kill(outcome);
}

std::vector<ScriptThread*> Runtime::members(const ScriptThread& of) {
  std::vector<ScriptThread*> members;
  of.host().threads.for_each([&](ScriptThread& each) {
    if (each.instance() == of.instance()) members.push_back(&each);
  });
  return members;
}

void Runtime::exit_instance(const ScriptThread& by) {
  for (ScriptThread* each : members(by)) each->end_with_instance();
}

void Runtime::kill_instance(const ScriptThread& of, event::KillCause cause, const std::string& why) {
  std::vector<ScriptThread*> all = members(of);
  std::stable_partition(all.begin(), all.end(), [](const ScriptThread* each) { return !each->worker(); });
  bool told = false;
  for (ScriptThread* each : all) {
    each->kill(event::Outcome::Killed, std::exchange(told, true) ? std::string() : why, cause);
  }
}

void Runtime::stop() {
  while (!threads_.empty()) threads_.front()->kill(event::Outcome::Killed);
}

ScriptHost* Runtime::find_host(std::string_view address_or_name) const {
  const auto found = host_names_.find(std::string(address_or_name));
  return found == host_names_.end() ? nullptr : find_host(found->second);
}

ScriptHost* Runtime::find_host(std::uint64_t serial) const {
  const auto found = hosts_.find(serial);
  return found == hosts_.end() ? nullptr : found->second;
}

Address Runtime::scoped(const Address& address, const ScriptThread& thread) const {
  if (address.scope() != 0 || !address.is_link_local()) return address;
  const HostReport* own = thread.host().report;
  if (own && own->address.raw() == address.raw()) return own->address;
  if (const ScriptHost* other = find_host(address.text()); other && other->report->address.scope() != 0)
    return other->report->address;
  return own ? Address::v6(address.raw(), own->address.scope()) : address;
}

void Runtime::report_deadlock() {
  event::DeadlockFound deadlock;
  for (const auto& thread : threads_)
    if (lua_State* innermost = thread->suspended_in())
      deadlock.threads.push_back(
          {thread->script().id, thread->name(), thread->place(), thread->awaited(), thread->traceback(innermost)});
  std::ranges::stable_sort(
      deadlock.threads, {}, [](const auto& thread) -> const auto& { return thread.id; });
  observer.on_deadlock(std::move(deadlock));
}

void Runtime::end_deadlocked() {
  report_deadlock();
  core::Scheduler& scheduler = parts.scheduler;
  const auto end = [&scheduler](core::ThreadId id) {
    auto* thread = static_cast<ScriptThread*>(scheduler.runnable(id));
    if (!thread) return;
    thread->kill(event::Outcome::Killed,
                 std::string("deadlock: waits for ") + thread->awaited() + ", and no event can wake it",
                 event::KillCause::Deadlock);
  };
  std::vector<core::ThreadId> holders;
  for (const auto& thread : threads_)
    if (thread->holds_slot_or_mutex()) holders.push_back(thread->id());
  const auto waiting_since = [&scheduler](core::ThreadId id) { return scheduler.waiting_since(id); };
  std::ranges::stable_sort(holders, {}, waiting_since);
  for (auto next = holders.begin(); next != holders.end() && !scheduler.ready(); ++next) end(*next);
  while (!scheduler.ready()) {
    const auto oldest = scheduler.longest_waiting();
    if (!oldest) return;
    end(*oldest);
  }
}

std::string Runtime::waiting_text(const ScriptThread& thread, Duration waited) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", std::chrono::duration<double>(waited).count());
  return thread.describe() + " waits " + seconds + " s for " + thread.awaited();
}

Runtime::LongestWait Runtime::oldest() const {
  const auto oldest = parts.scheduler.longest_waiting();
  if (!oldest) return {};
  const auto& thread = static_cast<const ScriptThread&>(*parts.scheduler.runnable(*oldest));
  const Duration waited = parts.clock.now() - parts.scheduler.waiting_since(*oldest);
  return {waited, waiting_text(thread, waited)};
}

Runtime::LongestRun Runtime::slowest() const {
  if (threads_.empty()) return {};
  const ScriptThread& first = *threads_.front();
  return {parts.clock.now() - first.started(), first.describe()};
}

std::vector<std::string> Runtime::describe_threads() const {
  std::vector<std::string> texts;
  for (const auto& thread : threads_) {
    const TimePoint since = parts.scheduler.waiting_since(thread->id());
    const std::string what =
        since == kNever ? thread->describe() + " is ready" : waiting_text(*thread, parts.clock.now() - since);
    texts.push_back(thread->name() + ' ' + what + '\n' +
                    (thread->suspended_in() ? thread->traceback(thread->suspended_in()) : std::string()));
  }
  return texts;
}

Runtime::CodeOfScripts::CodeOfScripts(Runtime& runtime, lua_State* coroutine) noexcept : runtime_(runtime) {
  // This code cannot be preempted, so its budget is smaller than that of a script thread.
  constexpr std::chrono::nanoseconds kMax = std::chrono::seconds(4);
  const std::chrono::nanoseconds budget = runtime_.watchdog.limits().budget;
  runtime_.watchdog.start(coroutine, budget.count() == 0 ? kMax : std::min(budget, kMax));
  runtime_.memory.start();
}

Runtime::CodeOfScripts::CodeOfScripts(Runtime& runtime, lua_State* coroutine, const ScriptThread& of) noexcept
    : CodeOfScripts(runtime, coroutine) {
  runtime_.ending_ = &of;
}

Runtime::CodeOfScripts::CodeOfScripts(Runtime& runtime, lua_State* coroutine, const Script& script) noexcept
    : CodeOfScripts(runtime, coroutine) {
  runtime_.loading_ = &script;
}

Runtime::CodeOfScripts::~CodeOfScripts() {
  runtime_.ending_ = nullptr;
  runtime_.loading_ = nullptr;
  runtime_.memory.end();
  runtime_.watchdog.end();
}

namespace {
thread_local const Runtime* runtime_of_thread = nullptr;
}  // namespace

Runtime::OnThisThread::OnThisThread(const Runtime* runtime) noexcept { runtime_of_thread = runtime; }
Runtime::OnThisThread::~OnThisThread() { runtime_of_thread = nullptr; }

// Allocates nothing, because it runs inside Lua's garbage collector.
Runtime::Finalizing::Finalizing(Runtime& runtime, lua_State* state) noexcept : runtime_(runtime) {
  lua_Debug function;
  lua_pushvalue(state, -1);
  lua_getinfo(state, ">S", &function);
  std::snprintf(runtime_.finalizer_, sizeof runtime_.finalizer_, "%s:%d", function.short_src, function.linedefined);
  ++runtime_.finalizers_;
}

std::string Runtime::culprit() const {
  if (finalizers_ > 0) return std::string("the finalizer (__gc) at ") + finalizer_;
  if (loading_) return loading_->path + ", which is being loaded,";
  if (ending_) return ending_->describe() + ", which has ended,";
  return current_ ? current_->describe() : "a script";
}

// The functions below collect garbage, so that finalizers of scripts run.

void Runtime::collect() {
  {
    const CodeOfScripts code(*this, state_);
    lua_gc(state_, LUA_GCCOLLECT);
  }
  collector.fulfil_request();
}

bool Runtime::collect_step() {
  const CodeOfScripts code(*this, state_);
  return lua_gc(state_, LUA_GCSTEP, 0) != 0;
}

bool Runtime::collect_for(Duration time) {
  const CodeOfScripts code(*this, state_);
  return collector.work(state_, std::numeric_limits<lua_Integer>::max(), time);
}

bool Runtime::collect_a_little() { return collect_for(GarbageCollector::kAtOnce); }

RunningScript Runtime::running_script() noexcept {
  const Runtime* const runtime = runtime_of_thread;
  if (!runtime || runtime->finalizers_ > 0) return {};
  const ScriptThread* const thread = runtime->ending_ ? runtime->ending_ : runtime->current_;
  if (!thread) return {};
  const HostReport* const host = thread->host().report;
  return {thread->script().id.c_str(), host ? &host->address : nullptr};
}

}  // namespace sluice::nse

sluice::RunningScript sluice::running_script() noexcept { return nse::Runtime::running_script(); }
