// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

#include <string_view>

#include "nse/runtime/socket.hpp"

namespace sluice::nse {

// The library nmap.socket. How sockets behave under Nmap is in docs/nse-compat.md, "Sockets".

/// Returns the socket at index 1. Opens a UDP socket that is not open. Raises if the socket is not open then, or
/// captures packets. (Nmap 7.93 raises; current versions return an error.)
Socket& check_connected(lua_State* state);
/// Returns the socket of check_connected(), for a blocking function. From then on no other coroutine may use the
/// socket, until the next connect. Raises if another coroutine uses it.
Socket& claim(lua_State* state);
/// The same for a socket that need not be open.
void claim(lua_State* state, Socket& socket);

/// A host that a script has given as a string or as a host table.
struct Peer {
  std::string_view host;         ///< address or name
  std::string_view server_name;  ///< `targetname` of a table, or the string; "": none
};
/// Returns the host at `index`. The views are valid as long as the argument exists. Raises for other values.
Peer check_peer(lua_State* state, int index);
/// Returns the port number at `index`, which is a number or a port table, modulo 65536. Raises for other values.
std::uint16_t check_port(lua_State* state, int index);

/// Changes the reply of a receive to Eof if it is an empty datagram, as Nmap does.
void end_at_empty_datagram(ScriptThread& thread) noexcept;
/// Pushes the results of a failed operation: nil and a word such as "TIMEOUT"; or false and a text if this machine has
/// refused the operation at once. Returns 2.
int push_failure(lua_State* state, const core::Reply& reply);
/// Pushes true if the operation has succeeded; otherwise the results of push_failure. Returns their number.
int push_outcome(lua_State* state, const core::Reply& reply);

int connect_socket(lua_State* state);
int reconnect_socket(lua_State* state);
int receive_buf(lua_State* state);
extern const luaL_Reg kSocketIo[];
extern const luaL_Reg kPcap[];

/// Creates the metatable of sockets and pushes the library nmap.socket.
int open_socket(lua_State* state);

}  // namespace sluice::nse
