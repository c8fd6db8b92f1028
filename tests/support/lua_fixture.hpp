// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "lua/state.hpp"

namespace sluice::lua {

/// A test with a Lua state, for functions that scripts call. Runs code, and makes each allocation of the code fail in
/// turn.
class LuaFixture : public ::testing::Test {
 protected:
  lua_State* L() const { return state_.get(); }
  Home& home() { return state_.home(); }

  /// Calls a function that pushes a module, like luaopen_*, and sets the module as a global.
  void open(lua_CFunction module, const char* name) {
    lua_pushcfunction(L(), module);
    lua_call(L(), 0, 1);
    lua_setglobal(L(), name);
  }

  /// Runs a chunk. Returns its results, converted by tostring and joined by "|"; or "error: <message>".
  std::string run(std::string_view code) {
    const int top = lua_gettop(L());
    std::string text;
    int status = luaL_loadbufferx(L(), code.data(), code.size(), "=test", "t");
    if (status == LUA_OK) status = lua_pcall(L(), 0, LUA_MULTRET, 0);
    if (status != LUA_OK) text = "error: ";
    for (int index = top + 1; index <= lua_gettop(L()); ++index) {
      if (index > top + 1) text += '|';
      text += describe(L(), index);
    }
    lua_settop(L(), top);
    return text;
  }

  /// Runs `code` repeatedly. In each run one more allocation of Lua succeeds before one fails, until no allocation
  /// fails. (Lua repeats a failed allocation once, after an emergency collection; the repetition fails, too.) Then
  /// checks that the Lua state works and holds no more memory than before. LeakSanitizer finds leaks outside of Lua.
  void sweep(std::string_view code) {
    const int top = lua_gettop(L());
    ASSERT_EQ(luaL_loadbufferx(L(), code.data(), code.size(), "=sweep", "t"), LUA_OK) << describe(L(), -1);
    lua_pushvalue(L(), -1);
    ASSERT_EQ(lua_pcall(L(), 0, 0, 0), LUA_OK) << describe(L(), -1);  // creates objects that are created once
    lua_gc(L(), LUA_GCCOLLECT);
    lua_gc(L(), LUA_GCCOLLECT);
    const std::size_t before = home().bytes;
    constexpr int kMax = 100'000;
    int allowed = 0;
    for (; allowed < kMax; ++allowed) {
      lua_pushvalue(L(), -1);
      FailingAllocator failing(L(), allowed);
      const int status = lua_pcall(L(), 0, 0, 0);
      if (status == LUA_OK) {
        if (!failing.refused()) break;  // no allocation failed: the sweep is complete
        continue;                       // the code has handled the failed allocation
      }
      ASSERT_TRUE(failing.refused()) << describe(L(), -1);
      lua_settop(L(), top + 1);
    }
    ASSERT_LT(allowed, kMax);
    EXPECT_GT(allowed, 0) << "the code allocates nothing: this sweep shows nothing";
    lua_gc(L(), LUA_GCCOLLECT);
    lua_gc(L(), LUA_GCCOLLECT);
    EXPECT_LE(home().bytes, before + kSlack);
    lua_pushvalue(L(), -1);
    EXPECT_EQ(lua_pcall(L(), 0, 0, 0), LUA_OK) << "the state is spoilt: " << describe(L(), -1);
    lua_settop(L(), top);
  }

 private:
  /// Bytes by which the string table of Lua may grow.
  static constexpr std::size_t kSlack = 8192;

  /// Replaces the allocator of a Lua state as long as it exists. Lets `allowed` requests for more memory succeed, then
  /// refuses two.
  class FailingAllocator {
   public:
    FailingAllocator(lua_State* state, int allowed) : state_(state), left_(allowed) {
      allocate_ = lua_getallocf(state, &context_);
      lua_setallocf(state, serve, this);
    }
    ~FailingAllocator() { lua_setallocf(state_, allocate_, context_); }
    FailingAllocator(const FailingAllocator&) = delete;
    FailingAllocator& operator=(const FailingAllocator&) = delete;
    bool refused() const { return left_ < 0; }

   private:
    static void* serve(void* context, void* block, std::size_t old_size, std::size_t new_size) {
      auto& self = *static_cast<FailingAllocator*>(context);
      const bool grows = new_size > (block ? old_size : 0);
      if (grows && self.left_ > -2 && self.left_-- <= 0) return nullptr;
      return self.allocate_(self.context_, block, old_size, new_size);
    }

    lua_State* state_;
    lua_Alloc allocate_ = nullptr;
    void* context_ = nullptr;
    int left_;  ///< requests that may succeed; 0 and -1: the next request is refused; -2: no request is refused any
                ///< more
  };

  State state_;
};

}  // namespace sluice::lua
