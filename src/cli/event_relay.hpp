// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <sluice/observer.hpp>
#include <thread>
#include <vector>

namespace sluice::cli {

/// Passes events on to another observer on a thread of its own, in their order, so that a stored run is read and
/// written at the same time. At most a few thousand ports wait; then on_event() waits, too.
///
/// on_event() and finish() must be called by one thread.
class EventRelay final : public Observer {
 public:
  /// `to`: only the other thread calls it, until finish() has returned. Throws std::system_error if the system refuses
  /// a thread.
  explicit EventRelay(Observer& to);
  /// Waits until `to` has received all events.
  ~EventRelay() override;

  void on_event(const Event& event) override;
  /// Waits until `to` has received all events. Throws its first exception, after which it receives no event. No effect
  /// if it was called before.
  void finish();

 private:
  using Batch = std::vector<Event>;
  void pass_on();
  /// Gives the collected events to the other thread.
  void hand_over();
  void end();

  Observer& to_;
  Batch batch_;             ///< events that are collected
  std::size_t weight_ = 0;  ///< of these: events and their ports
  std::mutex mutex_;        // of the following
  std::condition_variable changed_;
  std::deque<Batch> waiting_;
  bool over_ = false;  ///< no further events come
  std::exception_ptr failure_;

  std::thread thread_;
};

}  // namespace sluice::cli
