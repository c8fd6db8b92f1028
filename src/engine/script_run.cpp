// SPDX-License-Identifier: Apache-2.0
#include "engine/script_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace sluice::engine {

namespace {

/// True for the states of ports for which port rules are evaluated.
bool may_be_open(PortState state) {
  return state == PortState::Open || state == PortState::OpenFiltered || state == PortState::Unfiltered;
}

/// Threads are started in batches, and each batch runs before the next one is started. So the data of a started thread
/// are still in the CPU cache when it runs, and threads whose rule returns false do not exist by the thousand at once.
constexpr std::size_t kStartsPerTurn = 64;

}  // namespace

void sort_by_id(std::vector<ScriptResult>& results) {
  std::stable_sort(results.begin(), results.end(),
                   [](const ScriptResult& a, const ScriptResult& b) { return a.id < b.id; });
}

ScriptRun::ScriptRun(Parts parts, nse::ScriptHost& host) : parts_(parts), host_(&host) {}

ScriptRun::ScriptRun(Parts parts, nse::ScriptRule phase) : parts_(parts), phase_(phase) {}

bool ScriptRun::next_level() {
  const ScriptSet& scripts = parts_.scripts;
  while (level_ < scripts.levels()) {
    const std::size_t level = level_++;
    ended_before_ += next_;
    whole_ = &scripts.at(level, phase_);
    next_ = 0;
    total_ = whole_->size();
    ports_.clear();
    if (host_) {
      per_port_ = &scripts.at(level, nse::ScriptRule::Port);
      for (std::uint32_t port = 0; port < host_->report->ports.size(); ++port)
        if (may_be_open(host_->report->ports[port].state)) ports_.push_back(port);
      total_ += ports_.size() * per_port_->size();
    }
    if (total_ == 0) continue;
    if (parts_.events.verbose(2) || parts_.events.debug())
      parts_.events.log(fmt::format("NSE: Starting runlevel {} (of {}) scan.", level + 1, scripts.levels()),
                        parts_.events.debug() ? 0 : 2);
    return true;
  }
  return false;
}

double ScriptRun::progress() const {
  const ScriptSet& scripts = parts_.scripts;
  std::size_t all = ended_before_ + total_;
  for (std::size_t level = level_; level < scripts.levels(); ++level) {
    all += scripts.at(level, phase_).size();
    if (host_) all += ports_.size() * scripts.at(level, nse::ScriptRule::Port).size();
  }
  return all == 0 ? 1 : static_cast<double>(ended_before_ + next_ - alive_) / static_cast<double>(all);
}

void ScriptRun::start_one() {
  const std::size_t place = next_++;
  if (place < whole_->size()) return start(*(*whole_)[place], phase_, nullptr);
  const std::size_t pair = place - whole_->size();
  PortReport& port = host_->report->ports[ports_[pair / per_port_->size()]];
  start(*(*per_port_)[pair % per_port_->size()], nse::ScriptRule::Port, &port);
}

void ScriptRun::start(const ReadyScript& ready, nse::ScriptRule rule, PortReport* port) {
  ++alive_;
  if (is_left_out(ready.script.id)) {
    // One report for all ports: which of them the rule chooses is unknown.
    const bool first = left_out_.insert(ready.script.id).second;
    return parts_.runtime.leave_out(ready.script, rule, host_, port, first ? "has ended the process twice" : "");
  }
  parts_.runtime.start(ready.script, rule, ready.forced, host_, port);
}

bool ScriptRun::is_left_out(const std::string& script) const {
  if (!parts_.earlier || parts_.earlier->left_out.empty()) return false;
  const auto address = host_ ? std::optional(host_->report->address) : std::nullopt;
  return parts_.earlier->left_out.contains({script, address});
}

void StartRound::run_turn() {
  for (std::size_t started = 0; started < kStartsPerTurn && ready(); ++started) {
    ScriptRun& run = round_.pop_front();
    run.start_one();
    add(run);
  }
}

}  // namespace sluice::engine
