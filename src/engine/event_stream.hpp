#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <sluice/observer.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "engine/host_order.hpp"
#include "engine/script_failures.hpp"

namespace sluice::engine {

/// The one way by which the engine tells anything: stamps what happened with its time and hands it to the observer, of
/// several threads one after the other. What is told before the run has begun is kept until then. Any thread.
class EventStream {
 public:
  /// `observer` and `clock` must outlive it. `failed` is called, by any thread, when the observer has thrown.
  /// `ordered`: hosts are reported in the order of their places.
  EventStream(Observer& observer, const Clock& clock, std::function<void()> failed, int verbosity, int debugging,
              bool ordered = false)
      : observer_(observer), clock_(clock), failed_(std::move(failed)), verbosity_(verbosity), debugging_(debugging) {
    if (ordered) order_.emplace();
  }

  /// The first event; what was kept follows, with the time of now.
  void emit_run_started(event::RunStarted started) {
    const std::lock_guard lock(mutex_);
    begun_ = true;
    pass_on({clock_.wall(), std::move(started)});
    for (Event& event : std::exchange(early_, {})) pass_on({clock_.wall(), std::move(event.what)});
  }
  /// The last event, which waits for no beginning; what comes afterwards is dropped.
  void end(event::RunFinished finished) {
    const std::lock_guard lock(mutex_);
    if (order_) pass_on_hosts(order_->release_all());
    if (!ended_) pass_on({clock_.wall(), std::move(finished)});
    ended_ = true;
  }
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
  /// A target has been handed out; all before `floor` have been.
  void host_opened(TargetPlace place) {
    if (!order_) return;
    const std::lock_guard lock(mutex_);
    order_->open(place);
  }
  void set_floor(TargetPlace floor) {
    if (!order_) return;
    const std::lock_guard lock(mutex_);
    order_->set_floor(floor);
    pass_on_hosts(order_->release(clock_.now()));
  }
  /// event::HostFinished, now or when its turn comes.
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
  /// Tells the hosts that have waited long enough. When that has to be done next; kNever if no host waits.
  TimePoint release_hosts() {
    if (!order_) return kNever;
    const std::lock_guard lock(mutex_);
    pass_on_hosts(order_->release(clock_.now()));
    return order_->due();
  }
  /// `verbosity`: as in event::Log.
  void log(std::string text, int verbosity = 0) { emit(event::Log{event::LogTo::Output, std::move(text), verbosity}); }
  void warn(const std::string& text) { emit(event::warning(text)); }

  /// event::LevelsChanged.
  void set_levels(int verbosity, int debugging) {
    verbosity_ = verbosity;
    debugging_ = debugging;
    emit(event::LevelsChanged{verbosity, debugging});
  }
  [[nodiscard]] int verbosity() const noexcept { return verbosity_; }
  [[nodiscard]] int debugging() const noexcept { return debugging_; }
  /// Does somebody read what is shown from this level on? Ask before a text is built.
  [[nodiscard]] bool verbose(int level = 1) const noexcept { return verbosity_ >= level; }
  [[nodiscard]] bool debug(int level = 1) const noexcept { return debugging_ >= level; }
  /// Of the scripts that ended so far.
  [[nodiscard]] ScriptFailures failures() {
    const std::lock_guard lock(mutex_);
    return failures_;
  }
  /// Why the run fails if the observer has thrown; "" if it has not.
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
  std::optional<HostOrder> order_;  ///< there from the start, or never
};

/// A task that hosts stream through: it starts with the first that begins and ends when nobody is at it any more. Any
/// thread.
class Task {
 public:
  /// `unit` is what its parts have in numbers ("ports"); "" if that is not told.
  Task(EventStream& events, std::string name, std::string unit = "")
      : events_(events), name_(std::move(name)), unit_(std::move(unit)) {}

  void start() {
    const std::lock_guard lock(mutex_);
    if (busy_++ > 0) return;
    started_ = events_.clock().now();
    units_ = 0;
    events_.emit(event::TaskStarted{name_, ""});
  }
  [[nodiscard]] bool begun() const {
    const std::lock_guard lock(mutex_);
    return started_ != TimePoint{};
  }
  /// How many are at it.
  [[nodiscard]] std::size_t busy() const {
    const std::lock_guard lock(mutex_);
    return busy_;
  }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
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

/// What all hosts of a run stream through.
struct Tasks {
  Task discovery, scan, versions, scripts;
};

}  // namespace sluice::engine
