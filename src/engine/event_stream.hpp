// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <sluice/earlier_run.hpp>
#include <sluice/observer.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "engine/host_order.hpp"
#include "engine/script_failures.hpp"

namespace sluice::engine {

/// Emits the events of a run: adds the time, and calls the observer, one call at a time. Events before
/// begin() are kept until then; events after end() are dropped. Counts the failures of scripts. Owned by the
/// Run. Thread-safe.
class EventStream {
 public:
  /// `observer` and `clock` must outlive the stream. `failed`: called when the observer has thrown for the first time,
  /// on the thread of that call. `ordered`: emits HostFinished events in the order of the targets (HostOrder).
  EventStream(Observer& observer, const Clock& clock, std::function<void()> failed, int verbosity, int debugging,
              bool ordered = false)
      : observer_(observer), clock_(clock), failed_(std::move(failed)), verbosity_(verbosity), debugging_(debugging) {
    if (ordered) order_.emplace();
  }

  /// Adds failures of scripts in earlier attempts of the run to failures().
  void add_failures(const std::vector<event::ScriptFinished>& earlier) {
    const std::lock_guard lock(mutex_);
    for (const event::ScriptFinished& each : earlier) failures_.add(each);
  }
  /// Emits the first event, RunStarted or RunResumed, then the events that were kept, with the current time. `earlier`:
  /// of a run that goes on; may be null. Lines that it has are left out.
  template <class First>
  void begin(First first, const EarlierRun* earlier) {
    const std::lock_guard lock(mutex_);
    begun_ = true;
    pass_on({clock_.wall(), std::move(first)});
    for (Event& event : std::exchange(early_, {})) {
      const auto* log = std::get_if<event::Log>(&event.what);
      if (!log || !earlier || !earlier->logs.contains(log->text)) pass_on({clock_.wall(), std::move(event.what)});
    }
  }
  /// Emits the reports that wait for their turn, then the last event, even if the run has not started. No effect if it
  /// was called before.
  void end(event::RunFinished finished) {
    const std::lock_guard lock(mutex_);
    if (order_) pass_on_hosts(order_->release_all());
    if (!ended_) pass_on({clock_.wall(), std::move(finished)});
    ended_ = true;
  }
  /// Emits an event, or keeps it until begin().
  template <class What>
  void emit(What what) {
    const std::lock_guard lock(mutex_);
    if constexpr (std::is_same_v<What, event::ScriptFinished>) failures_.add(what);
    if constexpr (std::is_same_v<What, event::ChildThreadFailed>) failures_.add(what.worker);
    if (begun_)
      pass_on({clock_.wall(), std::move(what)});
    else
      early_.push_back({clock_.wall(), std::move(what)});
  }
  /// Notes that the processing of a host starts. No effect if hosts are not ordered.
  void host_opened(TargetPlace place) {
    if (!order_) return;
    const std::lock_guard lock(mutex_);
    order_->open(place);
  }
  /// Notes that host_opened() was called for all hosts before `floor`. Emits the reports whose turn has come.
  void set_floor(TargetPlace floor) {
    if (!order_) return;
    const std::lock_guard lock(mutex_);
    order_->set_floor(floor);
    pass_on_hosts(order_->release(clock_.now()));
  }
  /// Emits event::HostFinished, now or, if hosts are ordered, when its turn comes. In the latter case emits
  /// event::HostWaits now.
  void host_finished(TargetPlace place, std::shared_ptr<const HostReport> report) {
    const std::lock_guard lock(mutex_);
    if (!order_) return pass_on({clock_.wall(), event::HostFinished{std::move(report)}});
    order_->finish(place, report, clock_.now());
    HostOrder::Reports released = order_->release(clock_.now());
    const bool at_once = !released.empty() && std::find(released.begin(), released.end(), report) != released.end();
    if (!at_once) pass_on({clock_.wall(), event::HostWaits{report}});
    for (auto& each : released) {
      const bool waited = each != report;
      pass_on({clock_.wall(), event::HostFinished{std::move(each), waited}});
    }
  }
  /// Emits event::HostFinished, when its turn comes, for a host that an earlier attempt of the run has finished:
  /// HostWaits was emitted then.
  void host_waited(TargetPlace place, std::shared_ptr<const HostReport> report) {
    const std::lock_guard lock(mutex_);
    if (!order_) return pass_on({clock_.wall(), event::HostFinished{std::move(report), true}});
    order_->finish(place, std::move(report), clock_.now());
    pass_on_hosts(order_->release(clock_.now()));
  }
  /// Emits the reports that have waited for HostOrder::kPatience. Returns when it must be called again; kNever if no
  /// report waits.
  TimePoint release_hosts() {
    if (!order_) return kNever;
    const std::lock_guard lock(mutex_);
    pass_on_hosts(order_->release(clock_.now()));
    return order_->due();
  }
  /// Emits an event::Log for LogTo::Output. `verbosity`: as in event::Log.
  void log(std::string text, int verbosity = 0) { emit(event::Log{event::LogTo::Output, std::move(text), verbosity}); }
  void warn(const std::string& text) { emit(event::warning(text)); }

  /// Sets the levels and emits event::LevelsChanged.
  void set_levels(int verbosity, int debugging) {
    verbosity_ = verbosity;
    debugging_ = debugging;
    emit(event::LevelsChanged{verbosity, debugging});
  }
  [[nodiscard]] int verbosity() const noexcept { return verbosity_; }
  [[nodiscard]] int debugging() const noexcept { return debugging_; }
  /// True if output of this level is enabled. Check before formatting text.
  [[nodiscard]] bool verbose(int level = 1) const noexcept { return verbosity_ >= level; }
  [[nodiscard]] bool debug(int level = 1) const noexcept { return debugging_ >= level; }
  /// Returns the failures of the scripts that have ended so far.
  [[nodiscard]] ScriptFailures failures() {
    const std::lock_guard lock(mutex_);
    return failures_;
  }
  /// Returns why the run fails, if the observer has thrown; otherwise "".
  [[nodiscard]] std::string observer_failure() const {
    const std::lock_guard lock(mutex_);
    return observer_failure_;
  }
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }

 private:
  void pass_on(const Event& event) {
    if (ended_) return;
    try {
      observer_.on_event(event);
    } catch (const std::bad_alloc&) {
      note_failure("out of memory");
    } catch (const std::exception& failure) {
      note_failure(std::string("the observer has thrown: ") + failure.what());
    } catch (...) {
      note_failure("the observer has thrown an exception that is no std::exception");
    }
  }
  void note_failure(std::string what) {
    if (!observer_failure_.empty()) return;
    observer_failure_ = std::move(what);
    failed_();
  }

  void pass_on_hosts(HostOrder::Reports reports) {
    for (auto& each : reports) pass_on({clock_.wall(), event::HostFinished{std::move(each), true}});
  }

  Observer& observer_;
  const Clock& clock_;
  const std::function<void()> failed_;
  std::atomic<int> verbosity_, debugging_;
  mutable std::mutex mutex_;  // of the following
  std::string observer_failure_;
  bool begun_ = false, ended_ = false;
  std::vector<Event> early_;
  ScriptFailures failures_;
  std::optional<HostOrder> order_;  ///< set by the constructor only
};

/// A task of the progress output (event::TaskStarted): it starts when the first part of work starts, and ends when the
/// last part has ended. A part is a host, or a phase of scripts. Owned by the Run. Thread-safe.
class Task {
 public:
  /// `unit`: name of what end() counts, for event::TaskEnded ("ports"); "" if nothing is counted.
  Task(EventStream& events, std::string name, std::string unit = "")
      : events_(events), name_(std::move(name)), unit_(std::move(unit)) {}

  /// Starts a part. Emits event::TaskStarted if it is the first one.
  void start() {
    const std::lock_guard lock(mutex_);
    if (busy_++ > 0) return;
    started_ = events_.clock().now();
    units_ = 0;
    events_.emit(event::TaskStarted{name_, ""});
  }
  /// True if the task has started at least once.
  [[nodiscard]] bool begun() const {
    const std::lock_guard lock(mutex_);
    return started_ != TimePoint{};
  }
  /// Returns the number of parts that have not ended.
  [[nodiscard]] std::size_t busy() const {
    const std::lock_guard lock(mutex_);
    return busy_;
  }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Ends a part. `units`: number of its units. Emits event::TaskEnded if it is the last one.
  void end(std::size_t units = 0) {
    const std::lock_guard lock(mutex_);
    units_ += units;
    if (--busy_ > 0) return;
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(events_.clock().now() - started_);
    const std::string extra = unit_.empty() ? "" : std::to_string(units_) + " total " + unit_;
    events_.emit(event::TaskEnded{name_, extra, elapsed});
  }

 private:
  EventStream& events_;
  const std::string name_, unit_;
  mutable std::mutex mutex_;
  std::size_t busy_ = 0, units_ = 0;
  TimePoint started_{};
};

/// The tasks of the hosts of a run.
struct Tasks {
  Task discovery, scan, versions, scripts;
};

}  // namespace sluice::engine
