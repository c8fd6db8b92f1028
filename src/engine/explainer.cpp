// SPDX-License-Identifier: Apache-2.0
#include "engine/explainer.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/rule_answer.hpp"

// The evaluation of rules. explainer_open.cpp reads what they need.

namespace sluice::engine {

void Explainer::run() {
  if (options_.scripts) run_phase(nse::ScriptRule::Pre);  // with -sV alone, no scripts without hosts run
  for (HostReport& host : hosts_) run_host(std::move(host));
  if (options_.scripts) run_phase(nse::ScriptRule::Post);
}

void Explainer::run_phase(nse::ScriptRule rule) {
  if (!scripts_.has(rule)) return;
  run_levels(ScriptRun({*runtime_, scripts_, events_}, rule), nullptr);
  pass_on();
}

void Explainer::run_host(HostReport report) {
  Host host;
  host.state = std::move(report);
  host.report = &host.state;
  host.route = network_.route(host.state.address);
  if (host.route && !host.route->next_hop && host.route->neighbour_mac.empty())
    host.route->neighbour_mac = host.state.mac;
  runtime_->enter(host);
  run_levels(ScriptRun({*runtime_, scripts_, events_}, host), &host);
  const bool no_port =
      std::ranges::none_of(answers_, [](const RuleAnswer& each) { return each.place.port.has_value(); });
  if (no_port)
    for (const auto& [id, facts] : facts_)
      if (facts.script->has(nse::ScriptRule::Port) && facts.wanted) add(answer_without_port(host.state, id));
  runtime_->leave(host);
  pass_on();
}

void Explainer::run_levels(ScriptRun scripts, nse::ScriptHost* host) {
  running_ = &scripts;
  while (scripts.next_level()) {
    starts_->add(scripts);
    while (scripts.alive() > 0 || scripts.can_start()) turn();
    runtime_->kill(host, event::Outcome::Killed);  // child threads that have outlived the level
    runtime_->reap();
  }
  running_ = nullptr;
}

void Explainer::turn() {
  if (runtime_->memory.exceeded()) {
    runtime_->memory.relieve();
  } else {
    if (starts_->ready()) starts_->run_turn();
    if (scheduler_.ready()) {
      scheduler_.run_turn();
      scheduler_.run_slice();
    }
    end_refused();
  }
  runtime_->reap();
  loop_->poll();
  deadlines_.expire(platform_.clock().now());
  if (!scheduler_.ready() && !starts_->ready() && !runtime_->memory.exceeded() && runtime_->threads() > 0) wait();
}

void Explainer::end_refused() {
  while (refused_) {
    const nse::ScriptThread* found = nullptr;
    runtime_->for_each_thread([&](const nse::ScriptThread& thread) {
      if (!found && thread.observation()->refused) found = &thread;
    });
    if (!found) break;
    runtime_->kill_instance(*found, event::KillCause::None, "asked the network");
  }
  refused_ = false;
}

void Explainer::wait() {
  if (runtime_->waiting_for_network() == 0) {
    runtime_->collect();
    if (!scheduler_.ready()) runtime_->end_deadlocked();
    return runtime_->reap();
  }
  if (const auto next = deadlines_.next()) return loop_->wait(*next);
  runtime_->stop();  // nothing can wake the threads
}

void Explainer::on_request(std::string request) {
  nse::ScriptThread* const thread = runtime_->current();
  if (!thread) return;
  nse::RuleObservation& seen = *thread->observation();
  if (!seen.verdict && seen.requests.empty()) seen.requests.push_back(std::move(request));
  seen.refused = refused_ = true;
}

void Explainer::on_script_finished(nse::ScriptThread& thread, event::ScriptFinished finished) {
  add(rule_answer(*thread.observation(), finished, thread.port()));
  running_->thread_ended();
}

void Explainer::add(RuleAnswer answer) {
  const ScriptFacts& facts = facts_.at(answer.script);
  if (!facts.wanted) return;
  answer.run_level = facts.run_level;
  answer.after = facts.after;
  if (!facts.chosen) mark_not_chosen(answer, selection_text(), facts.script->categories);
  answers_.push_back(std::move(answer));
}

void Explainer::pass_on() {
  std::ranges::stable_sort(answers_, {}, [](const RuleAnswer& answer) {
    return std::tuple(answer.place.port.has_value(), answer.place.protocol, answer.place.port, answer.script);
  });
  for (const RuleAnswer& answer : std::exchange(answers_, {})) answer_(answer);
}

void Explainer::on_log(event::Log log) { events_.emit(std::move(log)); }

void Explainer::on_script_started(nse::ScriptThread&) {}

void Explainer::on_worker_failed(event::ChildThreadFailed) {}

void Explainer::on_deadlock(event::DeadlockFound) {}

void Explainer::on_port_opened(const HostReport&, const PortReport&) {}

std::size_t Explainer::add_targets(std::vector<std::string>) { return 0; }

std::size_t Explainer::targets_added() const { return 0; }

void Explainer::on_event(const Event& event) {
  if (const auto* log = std::get_if<event::Log>(&event.what); log && log_) log_(*log);
}

}  // namespace sluice::engine
