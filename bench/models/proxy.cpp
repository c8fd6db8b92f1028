// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "accounting.hpp"

namespace models {
namespace {

class Proxy : public Accounting {
 public:
  Proxy(lua_State* lua, std::size_t slots, Woken& woken) : lua_(lua), free_(slots), woken_(woken) {
    lua_newtable(lua_);  // the proxies by thread; keys and values are weak
    lua_newtable(lua_);
    lua_pushliteral(lua_, "kv");
    lua_setfield(lua_, -2, "__mode");
    lua_setmetatable(lua_, -2);
    proxies_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
    lua_newtable(lua_);
    lua_pushlightuserdata(lua_, this);
    lua_pushcclosure(lua_, collected, 1);
    lua_setfield(lua_, -2, "__gc");
    metatable_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
  }

  bool request(Thread& thread) override {
    if (free_ > 0) {
      --free_;
      return true;
    }
    waiting_.push_back(thread.index);
    return false;
  }

  /// Creates the proxy. The socket refers to it; the weak table finds it by its thread.
  void opened(Thread& thread) override {
    lua_State* const lua = thread.lua;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, proxies_);
    lua_pushthread(lua);
    lua_newuserdatauv(lua, 0, 0);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, metatable_);
    lua_setmetatable(lua, -2);
    lua_pushvalue(lua, -1);
    lua_setiuservalue(lua, 1, 1);
    lua_rawset(lua, -3);
    lua_pop(lua, 1);
  }

  void closed(Thread& thread) override {
    lua_pushnil(thread.lua);
    lua_setiuservalue(thread.lua, 1, 1);
  }

  void turn() override {
    if (!waiting_.empty()) lua_gc(lua_, LUA_GCCOLLECT);
    for (; free_ > 0 && !waiting_.empty(); --free_) {
      woken_.push_back(waiting_.front());
      waiting_.pop_front();
    }
  }

 private:
  static int collected(lua_State* lua) {
    ++static_cast<Proxy*>(lua_touserdata(lua, lua_upvalueindex(1)))->free_;
    return 0;
  }

  lua_State* lua_;
  std::size_t free_;
  Woken& woken_;
  int proxies_ = LUA_NOREF;
  int metatable_ = LUA_NOREF;
  std::deque<std::size_t> waiting_;
};

}  // namespace

std::unique_ptr<Accounting> make_proxy(lua_State* lua, std::size_t slots, Woken& woken) {
  return std::make_unique<Proxy>(lua, slots, woken);
}

}  // namespace models
