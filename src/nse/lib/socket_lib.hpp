#pragma once

#include <lua.hpp>

#include <string_view>

#include "nse/runtime/socket.hpp"

namespace sluice::nse {

/// The socket of a call that needs a connection; raises if it has none, as Nmap 7.93 does.
Socket& check_connected(lua_State* state);
/// The same for a call that blocks: one coroutine has the use of a socket until the next connect (sockets.md 4).
Socket& claim(lua_State* state);
/// Raises unless the coroutine has the use of that socket.
void claim(lua_State* state, Socket& socket);
/// Whom a script means by a string or a host table.
struct Peer {
  std::string_view host;         ///< an address or a name
  std::string_view server_name;  ///< as the user or the script called it
};
/// Raises for anything else; what is returned lives as long as the argument.
Peer check_peer(lua_State* state, int index);
/// The number of a port by itself or in a port table, modulo 65536.
std::uint16_t check_port(lua_State* state, int index);
/// An empty datagram reads as the end of a stream, as under Nmap: makes that of the reply of a receive.
void end_at_empty_datagram(ScriptThread& thread) noexcept;
/// Pushes what an operation that failed answers: nil and a word, or false and a text if it was known at once.
int push_failure(lua_State* state, const core::Reply& reply);
/// true, or that.
int push_outcome(lua_State* state, const core::Reply& reply);

int connect_socket(lua_State* state);
int reconnect_socket(lua_State* state);
int receive_buf(lua_State* state);
extern const luaL_Reg kSocketIo[];
extern const luaL_Reg kPcap[];

/// Defines the class and leaves the table nmap.socket.
int open_socket(lua_State* state);

}  // namespace sluice::nse
