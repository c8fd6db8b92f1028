#pragma once

#include <lua.hpp>

#include "base/intrusive_list.hpp"
#include "net/network.hpp"
#include "nse/script_thread.hpp"

namespace sluice::nse {

/// What nmap.new_socket returns (sockets.md 1). Collecting it, closing it and the end of its thread are one idempotent
/// close.
class Socket : public ListNode<OfThreadTag> {
 public:
  static constexpr const char* kTypeName = "nmap.socket";
  static constexpr double kDefaultTimeout = 30000;  ///< milliseconds

  Socket(Runtime& runtime, net::Transport transport) noexcept : runtime_(runtime), transport_(transport) {}
  ~Socket() { close(); }

  /// False if there was nothing to close.
  bool close() noexcept;
  /// Counts towards the thread's slot from now on.
  void count(ScriptThread& thread) noexcept;
  /// Counts no longer: closed, or its connect failed.
  void uncount() noexcept;
  [[nodiscard]] TimePoint deadline() const noexcept;

  Runtime& runtime_;
  net::Transport transport_;
  net::SocketId id;
  std::string server_name;
  double timeout = kDefaultTimeout;
  std::optional<Endpoint> local;
  ScriptThread* counted = nullptr;
};

/// Defines the class and leaves the table nmap.socket.
int open_socket(lua_State* state);

}  // namespace sluice::nse
