#pragma once

#include <string>
#include <string_view>

namespace sluice::nse {

class Runtime;
class Socket;

/// Lines of --script-trace (sockets.md 8) about what a socket does. Nothing is formatted unless they are wanted.
class Trace {
 public:
  explicit Trace(Runtime& runtime) noexcept : runtime_(runtime) {}

  /// An operation has come to its end: "CONNECT", "SEND", "SSL RECONNECT", "CLOSE".
  void done(const Socket& socket, const char* what);
  void sends(const Socket& socket, std::string_view data);
  void received(const Socket& socket, std::string_view data);
  /// What scripts do beneath the sockets: "raw IP socket open".
  void says(std::string_view what);

 private:
  void line(const Socket& socket, char direction, std::string_view text);

  Runtime& runtime_;
};

/// Bytes as people read them: themselves if nearly all are text, else rows of sixteen in hexadecimal.
std::string dump(std::string_view data);

}  // namespace sluice::nse
