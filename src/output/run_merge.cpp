// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>
#include <sluice/merge.hpp>
#include <type_traits>
#include <utility>

#include "output/combine_hosts.hpp"
#include "output/target_order.hpp"

namespace sluice {

namespace {

using SharedHost = std::shared_ptr<const HostReport>;
using NamedAddress = std::pair<Address, std::string>;

NamedAddress name_of(const HostReport& host) { return {host.address, host.target_name}; }

bool same(const ScriptResult& a, const ScriptResult& b) {
  return a.id == b.id && a.output == b.output && a.structured == b.structured;
}

bool same(const event::ScriptFinished& a, const event::ScriptFinished& b) {
  const bool results = a.result && b.result ? same(*a.result, *b.result) : !a.result && !b.result;
  return a.id == b.id && a.place.phase == b.place.phase && a.outcome == b.outcome && a.message == b.message && results;
}

bool same(const event::RunStarted::Scan& a, const event::RunStarted::Scan& b) {
  return a.type == b.type && a.protocol == b.protocol && a.ports == b.ports;
}

/// Appends a value, unless an equal one is there.
template <class T>
void add_once(std::vector<T>& values, const T& value) {
  if (std::ranges::none_of(values, [&](const T& other) { return same(other, value); })) values.push_back(value);
}

/// Events of these types concern a single run, or are made anew.
template <class What>
constexpr bool kLeftOut = std::is_same_v<What, event::RunStarted> || std::is_same_v<What, event::RunFinished> ||
                          std::is_same_v<What, event::LevelsChanged> || std::is_same_v<What, event::TaskProgress> ||
                          std::is_same_v<What, event::Stats> || std::is_same_v<What, event::PhaseFinished> ||
                          std::is_same_v<What, event::HostWaits> || std::is_same_v<What, event::HostScanned>;

}  // namespace

class [[gnu::visibility("hidden")]] RunMerge::Parts {
 public:
  Parts(std::vector<std::string> names, Observer & to) : names_(std::move(names)), to_(to) {}

  void survey(std::size_t input, const Event& event) {
    std::visit([&](const auto& what) { note(what, input, event.time); }, event.what);
  }

  void start(const MergeOptions& options) {
    std::erase_if(hosts_, [](const auto& host) { return !host.second.shared; });
    ordered_ = options.ordered;
    order_.emplace(options.targets);
    started_.arguments = options.arguments;
    emit(std::exchange(started_, {}), start_.value_or(WallTime()));
    emit_phase("prerule", before_);
  }

  void merge(std::size_t input, const Event& event) {
    std::visit(
        [&](const auto& what) {
          if constexpr (!kLeftOut<std::decay_t<decltype(what)>>)
            if (takes(what, input, event.time)) to_.on_event(event);
        },
        event.what);
  }

  void finish() {
    order_->sort(kept_);
    for (const Event& host : std::exchange(kept_, {})) to_.on_event(host);
    emit_phase("postrule", after_);
    using std::chrono::milliseconds;
    finished_.elapsed = std::chrono::duration_cast<milliseconds>(end_ - start_.value_or(end_));
    emit(finished_, end_);
  }

  [[nodiscard]] std::vector<std::string> shared_hosts() const {
    std::vector<std::string> names;
    for (const auto& [name, copies] : hosts_)
      names.push_back(name.second.empty() ? name.first.text() : name.second + " (" + name.first.text() + ")");
    return names;
  }

 private:
  template <class What>
  void emit(What what, WallTime time) {
    to_.on_event({time, std::move(what)});
  }

  // First pass.

  void note(const event::RunStarted& run, std::size_t input, WallTime time) {
    start_ = std::min(start_.value_or(time), time);
    if (input == 0) {
      started_.verbosity = run.verbosity;
      started_.debugging = run.debugging;
    }
    for (const event::RunStarted::Scan& scan : run.scans) add_once(started_.scans, scan);
  }
  void note(const event::HostFinished& host, std::size_t input, WallTime) {
    const auto [place, added] = hosts_.try_emplace(name_of(*host.report), Copies{input, 0, false, {}});
    ++place->second.left;
    place->second.shared = place->second.shared || place->second.input != input;
  }
  void note(const event::ScriptFinished& script, std::size_t, WallTime) {
    if (!script.place.address) add_once(scripts_, script);
  }
  void note(const event::PhaseFinished& phase, std::size_t, WallTime time) {
    auto& merged = phase.before ? before_ : after_;
    if (!merged) merged.emplace(Phase{{phase.before, {}}, time});
    for (const ScriptResult& result : phase.scripts) add_once(merged->finished.scripts, result);
  }
  void note(const event::RunFinished& run, std::size_t input, WallTime time) {
    end_ = std::max(end_, time);
    finished_.hosts_up += run.hosts_up;
    finished_.hosts_down += run.hosts_down;
    finished_.hosts_total += run.hosts_total;
    finished_.unknown_services += run.unknown_services;
    finished_.scripts_stopped += run.scripts_stopped;
    finished_.scripts_left_out = std::max(finished_.scripts_left_out, run.scripts_left_out);
    finished_.only_help = run.only_help;
    if (finished_.not_sent.empty()) finished_.not_sent = run.not_sent;
    if (!run.error.empty()) finished_.error += (finished_.error.empty() ? "" : "; ") + names_[input] + ": " + run.error;
  }
  template <class What>
  void note(const What&, std::size_t, WallTime) {}

  // Second pass. takes() is true if the merged run has the event as it is.

  bool takes(const event::HostFinished& host, std::size_t, WallTime time) {
    const auto found = hosts_.find(name_of(*host.report));
    if (found == hosts_.end()) {
      give(host.report, time);
      return false;
    }
    Copies& copies = found->second;
    copies.reports.push_back(host.report);
    if (--copies.left == 0) give_combined(std::exchange(copies.reports, {}), time);
    return false;
  }
  bool takes(const event::HostStarted& host, std::size_t, WallTime) const {
    return !is_shared({host.address, host.target_name});
  }
  bool takes(const event::ScriptStarted& script, std::size_t, WallTime) const {
    return script.place.address.has_value();
  }
  bool takes(const event::ScriptFinished& script, std::size_t, WallTime) const {
    const ScriptPlace& place = script.place;
    return place.address && (!script.result || script.unreported || !is_shared({*place.address, place.target_name}));
  }
  bool takes(const event::Log& log, std::size_t input, WallTime) { return is_first(log.text, input); }
  bool takes(const event::TargetSkipped& target, std::size_t input, WallTime) {
    return is_first(target.specification + '\n' + target.reason, input);
  }
  template <class What>
  bool takes(const What&, std::size_t, WallTime) const {
    return true;
  }

  [[nodiscard]] bool is_shared(const NamedAddress& host) const { return hosts_.contains(host); }
  /// True if no other input has had this text before.
  bool is_first(const std::string& text, std::size_t input) {
    return texts_.try_emplace(text, input).first->second == input;
  }

  void give(SharedHost report, WallTime time) {
    if (ordered_) return kept_.push_back({time, event::HostFinished{std::move(report)}});
    emit(event::HostFinished{std::move(report)}, time);
  }

  /// Emits the host that several inputs have, with the results that its report has.
  void give_combined(std::vector<SharedHost> copies, WallTime time) {
    for (const SharedHost& copy : copies) --*counter(*copy), --finished_.hosts_total;
    const SharedHost host = output::combine_hosts(std::move(copies));
    ++*counter(*host);
    ++finished_.hosts_total;
    emit(event::HostStarted{host->address, host->target_name}, time);
    for (const PortReport& port : host->ports)
      if (port.detail)
        emit_results({"portrule", host->address, host->target_name, port.number, port.protocol}, port.detail->scripts,
                     time);
    emit_results({"hostrule", host->address, host->target_name, std::nullopt}, host->scripts, time);
    give(host, time);
  }

  void emit_results(const ScriptPlace& place, const std::vector<ScriptResult>& results, WallTime time) {
    for (const ScriptResult& result : results) {
      event::ScriptFinished script;
      script.id = result.id;
      script.place = place;
      script.outcome = event::Outcome::Result;
      script.result = result;
      emit(std::move(script), time);
    }
  }

  std::size_t* counter(const HostReport& host) {
    const std::string_view status = status_text(host);
    return status == "up" ? &finished_.hosts_up : status == "down" ? &finished_.hosts_down : &unknown_;
  }

  struct Phase {
    event::PhaseFinished finished;
    WallTime time;
  };
  void emit_phase(std::string_view rule, std::optional<Phase> & phase) {
    if (!phase) return;
    for (const event::ScriptFinished& script : scripts_) {
      if (script.place.phase != rule) continue;
      emit(event::ScriptStarted{script.id, script.place}, phase->time);
      emit(script, phase->time);
    }
    std::ranges::stable_sort(phase->finished.scripts, {}, &ScriptResult::id);
    emit(std::move(phase->finished), phase->time);
  }

  /// A host; after start() only those that several inputs have.
  struct Copies {
    std::size_t input = 0;  ///< the first one
    std::size_t left = 0;   ///< reports that the second pass has not had
    bool shared = false;    ///< several inputs have it
    std::vector<SharedHost> reports;
  };

  const std::vector<std::string> names_;
  Observer& to_;
  std::optional<WallTime> start_;
  WallTime end_;
  event::RunStarted started_;
  event::RunFinished finished_;
  std::size_t unknown_ = 0;                     ///< hosts that are neither up nor down; only its changes count
  std::vector<event::ScriptFinished> scripts_;  ///< without a host
  std::optional<Phase> before_, after_;
  std::map<NamedAddress, Copies> hosts_;
  std::map<std::string, std::size_t> texts_;  ///< the input that has had the text first
  bool ordered_ = false;
  std::optional<output::TargetOrder> order_;
  std::vector<Event> kept_;  ///< hosts that are given in the order of the targets
};

RunMerge::RunMerge(std::vector<std::string> names, Observer& observer)
    : parts_(std::make_unique<Parts>(std::move(names), observer)) {}
RunMerge::~RunMerge() = default;
void RunMerge::survey(std::size_t input, const Event& event) { parts_->survey(input, event); }
void RunMerge::start(const MergeOptions& options) { parts_->start(options); }
void RunMerge::merge(std::size_t input, const Event& event) { parts_->merge(input, event); }
void RunMerge::finish() { parts_->finish(); }
std::vector<std::string> RunMerge::shared_hosts() const { return parts_->shared_hosts(); }

}  // namespace sluice
