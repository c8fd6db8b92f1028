// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/registry.hpp"

namespace sluice::nse {

namespace {

/// Pushes nmap.registry. A script may have replaced it by another value. May raise.
void push_registry(lua_State* state) {
  luaL_getsubtable(state, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(state, -1, "nmap");
  lua_getfield(state, -1, "registry");
}

struct Call {
  std::optional<lua::Plain::Table>* taken;
  const lua::Plain::Table* put;
  const lua::LeftOut* left_out;
};

int take(lua_State* state) {
  const auto& call = *static_cast<const Call*>(lua_touserdata(state, 1));
  push_registry(state);
  if (lua_istable(state, -1))
    *call.taken = lua::take_plain(state, -1, *call.left_out);
  else
    call.taken->emplace();
  return 0;
}

int put(lua_State* state) {
  const auto& call = *static_cast<const Call*>(lua_touserdata(state, 1));
  push_registry(state);
  if (lua_istable(state, -1)) lua::put_plain(state, *call.put);
  return 0;
}

/// Calls `function`, protected, with the garbage collector stopped, because finalizers run code of scripts. Returns
/// false if it has raised.
bool call(lua_State* state, lua_CFunction function, Call what) {
  const bool collects = lua_gc(state, LUA_GCISRUNNING) != 0;
  lua_gc(state, LUA_GCSTOP);
  lua_pushcfunction(state, function);
  lua_pushlightuserdata(state, &what);
  const bool done = lua_pcall(state, 1, 0, 0) == LUA_OK;
  if (!done) lua_pop(state, 1);
  if (collects) lua_gc(state, LUA_GCRESTART);
  return done;
}

}  // namespace

std::optional<lua::Plain::Table> take_registry(lua_State* state, const lua::LeftOut& left_out) {
  std::optional<lua::Plain::Table> taken;
  call(state, take, {&taken, nullptr, &left_out});
  return taken;
}

bool put_registry(lua_State* state, const lua::Plain::Table& entries) {
  return call(state, put, {nullptr, &entries, nullptr});
}

}  // namespace sluice::nse
