// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace sluice::nse {

class Runtime;
class Socket;

/// Logs the lines of --script-trace about the operations of sockets (docs/nse-compat.md, "Sockets"). Formats nothing if
/// the option is off. Owned by the Runtime. Not thread-safe.
class Trace {
 public:
  explicit Trace(Runtime& runtime) noexcept : runtime_(runtime) {}

  /// Logs the end of an operation. `what`: "CONNECT", "SEND", "SSL RECONNECT" or "CLOSE".
  void done(const Socket& socket, const char* what);
  /// Logs data that is about to be sent.
  void sends(const Socket& socket, std::string_view data);
  void received(const Socket& socket, std::string_view data);
  /// Logs a line that is not about a socket, such as "raw IP socket open".
  void says(std::string_view what);

 private:
  void line(const Socket& socket, char direction, std::string_view text);

  Runtime& runtime_;
};

/// Returns `data` in readable form. If at least 95 % of the bytes are printable, that is the text itself. Otherwise it
/// is rows of 16 bytes in hexadecimal.
std::string dump(std::string_view data);

}  // namespace sluice::nse
