// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nse/lib/socket_lib.hpp"
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

/// Steps of a blocking function (blocking.hpp) that connects a socket; functions that connect derive from this struct.
/// There are three stages, each with its own kind of pending operation: the request of a slot, the look-up of the name,
/// and the connect. The reply of the last stage is the outcome.
struct Connect {
  struct Args {
    Socket* socket;
    std::string_view host, server_name;
    std::uint16_t port;
    net::Transport transport;
  };
  /// Sets `host` and `server_name` from the host table or string at `index`. They are views into that value, which must
  /// stay on the stack. Raises if the value is no host, or if the socket has a pending operation. REQUIRES: args.socket
  /// is set.
  static void check_host(lua_State* state, int index, Args& args);
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept;
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept;
};

}  // namespace sluice::nse
