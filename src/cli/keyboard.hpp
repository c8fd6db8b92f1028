// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>

namespace sluice::cli {

/// Reads the keys that a user presses at the terminal during a run. While the process is in the foreground of the
/// terminal, sets the terminal to return each key at once and not to display it. The destructor restores the settings
/// of the terminal. At most one object exists at a time. Not thread-safe, except for give_back().
class Keyboard {
 public:
  /// Starts to read keys. `descriptor`: a terminal; otherwise the object has no effect. `pressed`: called for each key
  /// on a helper thread.
  Keyboard(int descriptor, std::function<void(char key)> pressed);
  ~Keyboard();
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;

  /// True if keys are read.
  [[nodiscard]] bool active() const noexcept { return server_.joinable(); }
  /// Restores the settings of the terminal, permanently. For a process that is about to end without destructors.
  /// Thread-safe.
  static void give_back() noexcept;

 private:
  /// Reads keys until the object is destroyed. Runs on the helper thread.
  void serve();
  void take_terminal() noexcept;

  const int terminal_;
  std::function<void(char key)> pressed_;
  int over_ = -1;  ///< an eventfd that ends serve()
  std::thread server_;
};

}  // namespace sluice::cli
