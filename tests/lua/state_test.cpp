// SPDX-License-Identifier: Apache-2.0
#include "lua/state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <exception>

#include "lua/chunk.hpp"

namespace sluice::lua {
namespace {

using ::testing::HasSubstr;

TEST(State, LuaPanicReachesTerminateHandlerWithMessage) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        std::set_terminate([] {
          try {
            throw;
          } catch (const std::exception& failure) {
            std::fprintf(stderr, "%s\n", failure.what());
          }
          std::_Exit(3);
        });
        State state;
        luaL_error(state, "nobody catches this");
      },
      ::testing::ExitedWithCode(3), "Lua panicked: nobody catches this");
}

TEST(State, AllocationBeyondLimitFails) {
  State state;
  state.home().limit = state.home().bytes + 100'000;
  ASSERT_EQ(luaL_loadstring(state, "return ('x'):rep(1000000)"), LUA_OK);
  EXPECT_EQ(lua_pcall(state, 0, 1, 0), LUA_ERRMEM);
}

TEST(Describe, ValueWithFailingTostringIsNamedByType) {
  State state;
  ASSERT_EQ(luaL_dostring(state, "return setmetatable({}, {__tostring = function() error('no') end})"), LUA_OK);
  EXPECT_EQ(describe(state, -1), "(a table that cannot be shown)");
  lua_pushliteral(state, "plain");
  EXPECT_EQ(describe(state, -1), "plain");
}

TEST(LoadChunk, ChunkRunsTwiceInSeparateEnvironmentsAndKeepsLineNumbers) {
  State state;
  ASSERT_EQ(load_chunk(state, "#!shebang\nx = (x or 0) + 1\nif fail then error('here') end", "a.nse"), LUA_OK);
  for (int run = 0; run < 2; ++run) {
    lua_pushvalue(state, -1);
    lua_newtable(state);
    lua_pushvalue(state, -1);
    lua_insert(state, -3);
    ASSERT_EQ(lua_pcall(state, 1, 0, 0), LUA_OK) << describe(state, -1);
    EXPECT_EQ(lua_getfield(state, -1, "x"), LUA_TNUMBER);
    EXPECT_EQ(lua_tointeger(state, -1), 1);
    lua_pop(state, 2);
  }
  lua_newtable(state);
  lua_pushboolean(state, true);
  lua_setfield(state, -2, "fail");
  lua_pushglobaltable(state);
  lua_getfield(state, -1, "error");
  lua_setfield(state, -3, "error");
  lua_pop(state, 1);
  ASSERT_EQ(lua_pcall(state, 1, 0, 0), LUA_ERRRUN);
  EXPECT_EQ(describe(state, -1), "a.nse:3: here");
}

TEST(LoadChunk, BytecodeIsRefusedAndSyntaxErrorNamesLine) {
  State state;
  EXPECT_NE(load_chunk(state, "\x1bLua", "b.nse"), LUA_OK);
  EXPECT_NE(load_chunk(state, "\n\nx = = 1", "c.nse"), LUA_OK);
  EXPECT_THAT(describe(state, -1), HasSubstr("c.nse:3:"));
}

}  // namespace
}  // namespace sluice::lua
