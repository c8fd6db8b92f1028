// SPDX-License-Identifier: Apache-2.0
#include "accounting.hpp"

namespace models {
namespace {

class Sweep : public Accounting {
 public:
  Sweep(lua_State* lua, std::size_t slots, Woken& woken) : lua_(lua), free_(slots), woken_(woken) {
    lua_newtable(lua_);
    lua_pushliteral(lua_, "k");
    lua_setfield(lua_, -2, "__mode");
    weak_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
    push_weak_table(lua_);
    holders_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
    lua_newtable(lua_);
    waiting_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
  }

  bool request(Thread& thread) override {
    if (free_ > 0) {
      --free_;
      add_holder(thread.lua);
      return true;
    }
    lua_rawgeti(thread.lua, LUA_REGISTRYINDEX, waiting_);
    lua_pushthread(thread.lua);
    lua_pushinteger(thread.lua, static_cast<lua_Integer>(thread.index));
    lua_rawset(thread.lua, -3);
    lua_pop(thread.lua, 1);
    return false;
  }

  void opened(Thread& thread) override {
    lua_State* const lua = thread.lua;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, holders_);
    lua_pushthread(lua);
    lua_rawget(lua, -2);
    lua_pushvalue(lua, 1);
    lua_pushboolean(lua, 1);
    lua_rawset(lua, -3);
    lua_pop(lua, 2);
  }

  void turn() override {
    lua_gc(lua_, LUA_GCSTOP);
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, holders_);
    const int holders = lua_gettop(lua_);
    lua_pushnil(lua_);
    while (lua_next(lua_, holders) != 0) {
      if (!any_open()) {
        lua_pushvalue(lua_, -2);
        lua_pushnil(lua_);
        lua_rawset(lua_, holders);
        ++free_;
      }
      lua_pop(lua_, 1);
    }
    lua_pop(lua_, 1);
    while (free_ > 0 && wake_one()) --free_;
    lua_gc(lua_, LUA_GCRESTART);
  }

 private:
  void push_weak_table(lua_State* lua) {
    lua_newtable(lua);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, weak_);
    lua_setmetatable(lua, -2);
  }

  void add_holder(lua_State* lua) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, holders_);
    lua_pushthread(lua);
    push_weak_table(lua);
    lua_rawset(lua, -3);
    lua_pop(lua, 1);
  }

  /// True if a socket in the table on top of the stack is open. A thread whose slot was just granted has no socket yet.
  /// It loses no slot by that, because it runs before the next turn().
  bool any_open() {
    bool open = false;
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
      open = open || static_cast<Socket*>(lua_touserdata(lua_, -2))->open;
      lua_pop(lua_, 1);
    }
    return open;
  }

  bool wake_one() {
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, waiting_);
    lua_pushnil(lua_);
    if (lua_next(lua_, -2) == 0) {
      lua_pop(lua_, 1);
      return false;
    }
    woken_.push_back(static_cast<std::size_t>(lua_tointeger(lua_, -1)));
    lua_pop(lua_, 1);
    add_holder(lua_tothread(lua_, -1));
    lua_pushnil(lua_);
    lua_rawset(lua_, -3);
    lua_pop(lua_, 1);
    return true;
  }

  lua_State* lua_;
  std::size_t free_;
  Woken& woken_;
  int weak_ = LUA_NOREF;     ///< metatable of tables with weak keys
  int holders_ = LUA_NOREF;  ///< the sets of sockets of threads with a slot, by thread; threads and sockets are weak
  int waiting_ = LUA_NOREF;
};

}  // namespace

std::unique_ptr<Accounting> make_sweep(lua_State* lua, std::size_t slots, Woken& woken) {
  return std::make_unique<Sweep>(lua, slots, woken);
}

}  // namespace models
