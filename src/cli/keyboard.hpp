#pragma once

#include <functional>
#include <thread>

namespace sluice::cli {

/// Keys that a user presses at the terminal while a run lasts. As long as this lives the terminal hands each over at
/// once, and does not show it; only while the process is in its foreground. One such object at a time.
class Keyboard {
 public:
  /// `pressed` is called on a thread of its own. Without a terminal at `descriptor` nothing happens.
  Keyboard(int descriptor, std::function<void(char key)> pressed);
  ~Keyboard();
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;

  /// True if keys are read.
  [[nodiscard]] bool active() const noexcept { return server_.joinable(); }
  /// Gives the terminal back as it was found, for good: the process may be about to end without destructors. From any
  /// thread.
  static void give_back() noexcept;

 private:
  void serve();
  void take_terminal() noexcept;

  const int terminal_;
  std::function<void(char key)> pressed_;
  int over_ = -1;  ///< an eventfd
  std::thread server_;
};

}  // namespace sluice::cli
