#pragma once

#include <lua.hpp>

#include <optional>
#include <string>

#include "base/intrusive_list.hpp"
#include "net/network.hpp"
#include "nse/runtime/script_thread.hpp"

namespace sluice::nse {

/// Where the bytes lie that receive_buf has gathered and not given away: in a block of Lua's memory that is the
/// socket's uservalue, so that they count towards the limit of the scripts.
struct Unread {
  std::size_t begin = 0, end = 0;  ///< offsets in the block
  std::size_t capacity = 0;        ///< of the block, without its final zero byte; 0: there is none
  /// How many of the first bytes the present call has shown its delimiter in vain.
  std::size_t searched = 0;
  [[nodiscard]] std::size_t size() const noexcept { return end - begin; }
};

/// What nmap.new_socket returns (sockets.md 1). Collecting it, closing it and the end of its thread are one idempotent
/// close.
class Socket : public ListNode<OfThreadTag> {
 public:
  static constexpr const char* kTypeName = "nmap.socket";
  static constexpr double kDefaultTimeout = 30000;  ///< milliseconds
  static constexpr std::size_t kOwnMemory = 1024;   ///< of what the network keeps for it, about

  Socket(Runtime& runtime, net::Transport over, Family af) noexcept;
  ~Socket() { close(); }

  /// False if there was nothing to close.
  bool close() noexcept;
  /// Counts towards the thread's slot from now on.
  void count(ScriptThread& thread) noexcept;
  /// Counts no longer: closed, or its connect failed.
  void uncount() noexcept;
  /// Takes something open over that needs no slot; it is closed when the thread ends.
  void hold(net::SocketId opened, ScriptThread& thread) noexcept;
  [[nodiscard]] TimePoint deadline() const noexcept;

  /// Warns if the local end that the script asked for could not be bound: another one is used, as by Nmap 7.93.
  void warn_if_unbound(const ScriptThread& thread) const noexcept;

  /// Opens an unconnected UDP socket on demand, which is the running thread's; false if there is no socket to work on.
  bool ensure_open() noexcept;

  net::Transport transport;  ///< of the last connect, else as created
  Family family;
  net::SocketId id;
  std::string server_name;
  double timeout = kDefaultTimeout;
  std::optional<Endpoint> local;
  Unread unread;
  ScriptThread* counted = nullptr;       ///< whose slot it counts towards
  ScriptThread* user = nullptr;          ///< whose operation is in flight
  bool capturing = false;                ///< opened by pcap_open
  const lua_State* coroutine = nullptr;  ///< that may use it (sockets.md 4); none: whoever comes first

 private:
  Runtime& runtime_;
  lua::Charge charge_;
};

}  // namespace sluice::nse
