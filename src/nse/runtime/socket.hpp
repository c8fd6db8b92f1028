// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

#include <optional>
#include <string>

#include "base/intrusive_list.hpp"
#include "net/sockets.hpp"
#include "nse/runtime/script_thread.hpp"

namespace sluice::nse {

/// Position of the bytes that receive_buf has received and not yet returned. They lie in a block of Lua's memory, the
/// user value of the socket, so that they count towards --script-memory.
struct Unread {
  std::size_t begin = 0, end = 0;  ///< offsets in the block
  std::size_t capacity = 0;        ///< bytes of the block, without its final zero byte; 0: there is no block
  std::size_t searched = 0;        ///< leading bytes in which the current call has not found its delimiter
  [[nodiscard]] std::size_t size() const noexcept { return end - begin; }
};

/// A socket that nmap.new_socket returns (docs/nse-compat.md, "Sockets"). The script closes it. So does the garbage
/// collector when no script refers to it, and the end of the script thread that opened it. Owned by Lua, as a userdata.
/// Not thread-safe.
class Socket : public ListNode<OfThreadTag> {
 public:
  static constexpr const char* kTypeName = "nmap.socket";
  static constexpr double kDefaultTimeout = 30000;  ///< milliseconds
  static constexpr std::size_t kOwnMemory = 1024;   ///< estimated bytes that the network keeps for a socket

  Socket(Runtime& runtime, net::Transport over, Family af) noexcept;
  ~Socket() { close(); }

  /// Closes the socket and resets its settings. Idempotent. Returns false if it was not open.
  bool close() noexcept;
  /// Counts the socket as one of the open sockets of `thread`, which holds a slot. No effect if it is counted.
  void count(ScriptThread& thread) noexcept;
  /// Stops counting the socket, because it is closed or its connect has failed.
  void uncount() noexcept;
  /// Takes over an open socket of the network that needs no slot. It is closed at the end of `thread`.
  void hold(net::SocketId opened, ScriptThread& thread) noexcept;
  /// The point in time at which an operation that starts now times out.
  [[nodiscard]] TimePoint deadline() const noexcept;

  /// Logs a warning if the local end set by `bind` could not be bound, so that the system has chosen another one. Nmap
  /// 7.93 does the same.
  void warn_if_unbound(const ScriptThread& thread) const noexcept;

  /// Opens an unconnected UDP socket for the running thread if this is a UDP socket that is not open. Returns true if
  /// the socket is open now.
  bool ensure_open() noexcept;

  net::Transport transport;  ///< of the last connect; before that, of new_socket
  Family family;
  net::SocketId id;                  ///< null while the socket is closed
  std::string server_name;           ///< for TLS (SNI); "": none
  double timeout = kDefaultTimeout;  ///< milliseconds; negative: none
  std::optional<Endpoint> local;     ///< set by `bind`
  Unread unread;
  ScriptThread* counted = nullptr;       ///< the thread among whose open sockets it counts
  ScriptThread* user = nullptr;          ///< the thread whose operation is pending
  bool capturing = false;                ///< opened by pcap_open
  const lua_State* coroutine = nullptr;  ///< the only coroutine that may use it; null: the next one to use it

 private:
  Runtime& runtime_;
  lua::Charge charge_;
};

}  // namespace sluice::nse
