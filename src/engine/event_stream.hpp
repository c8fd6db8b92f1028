#pragma once

#include <chrono>
#include <sluice/observer.hpp>
#include <string>
#include <utility>

#include "base/clock.hpp"

namespace sluice::engine {

/// The one way by which the engine tells anything: stamps what happened with its time and hands it to the observer.
class EventStream {
 public:
  /// Both outlive it.
  EventStream(Observer& observer, const Clock& clock, int verbosity, int debugging)
      : observer_(observer), clock_(clock), verbosity_(verbosity), debugging_(debugging) {}

  template <class What>
  void tell(What what) {
    observer_.on_event(Event{clock_.wall(), std::move(what)});
  }
  void log(std::string text) { tell(event::Log{event::LogTo::Output, std::move(text)}); }
  void warn(std::string text) { tell(event::Log{event::LogTo::Error, std::move(text)}); }

  /// Does somebody read what is shown from this level on? Ask before a text is built.
  [[nodiscard]] bool verbose(int level = 1) const noexcept { return verbosity_ >= level; }
  [[nodiscard]] bool debug(int level = 1) const noexcept { return debugging_ >= level; }
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }

 private:
  Observer& observer_;
  const Clock& clock_;
  int verbosity_, debugging_;
};

/// A task that hosts stream through: it starts with the first that begins and ends when nobody is at it any more.
class Task {
 public:
  /// `unit` is what its parts have in numbers ("ports"); "" if that is not told.
  Task(EventStream& events, std::string name, std::string unit = "")
      : events_(events), name_(std::move(name)), unit_(std::move(unit)) {}

  void begin() {
    if (busy_++ > 0) return;
    started_ = events_.clock().now();
    units_ = 0;
    events_.tell(event::TaskStarted{name_, ""});
  }
  void end(std::size_t units = 0) {
    units_ += units;
    if (--busy_ > 0) return;
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(events_.clock().now() - started_);
    const std::string extra = unit_.empty() ? "" : std::to_string(units_) + " total " + unit_;
    events_.tell(event::TaskEnded{name_, extra, elapsed});
  }

 private:
  EventStream& events_;
  std::string name_, unit_;
  std::size_t busy_ = 0, units_ = 0;
  TimePoint started_;
};

}  // namespace sluice::engine
