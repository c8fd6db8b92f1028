#pragma once

#include "nse/lib/socket_lib.hpp"
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

/// Connects a socket, in the steps of blocking.hpp, for all functions that do so: a slot, a name, a connection. The
/// kind of the pending operation tells the stage; the last reply is the outcome of the connect.
struct Connect {
  struct Args {
    Socket* socket;
    std::string_view host, server_name;
    std::uint16_t port;
    net::Transport transport;
  };
  /// Fills host and server_name from a host table or a string at `index`, which must stay there. Raises where the
  /// socket is in use, or on what is no host.
  static void check_host(lua_State* state, int index, Args& args);
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept;
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept;
};

}  // namespace sluice::nse
