// SPDX-License-Identifier: Apache-2.0
#include "lua/plain.hpp"

#include <gmock/gmock.h>

#include "lua/state.hpp"

namespace sluice::lua {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct PlainData : testing::Test {
  State state;
  std::vector<std::string> left_out;

  /// Evaluates the Lua expression `chunk`, and takes the resulting table as data.
  Plain::Table data(const std::string& chunk) {
    EXPECT_EQ(luaL_dostring(state, ("return " + chunk).c_str()), LUA_OK) << lua_tostring(state, -1);
    auto taken = take_plain(state, -1, [this](const std::string& where, std::string_view what) {
      left_out.push_back(where + ": " + std::string(what));
    });
    lua_settop(state, 0);
    EXPECT_TRUE(taken.has_value());
    return taken.value_or(Plain::Table{});
  }
  /// True if the Lua expression `test` is true in another state, where `t` is a table with this data.
  bool holds(const Plain::Table& table, const std::string& test) {
    State other;
    lua_newtable(other);
    put_plain(other, table);
    lua_setglobal(other, "t");
    EXPECT_EQ(luaL_dostring(other, ("return " + test).c_str()), LUA_OK) << lua_tostring(other, -1);
    return lua_toboolean(other, -1) != 0;
  }
  Plain::Table merged(const std::string& into, const std::string& from, const std::string& base = "{}") {
    Plain::Table result = data(into);
    merge(result, data(from), data(base));
    return result;
  }
};
using TakePlain = PlainData;
using PutPlain = PlainData;
using Merge = PlainData;

TEST_F(TakePlain, ScalarsAndTablesAreUnchangedInOtherState) {
  const auto table = data("{1, 2.0, 'a\\0b', true, {deep = {x = false}}, [80] = 'http', [1.5] = 'f', [true] = 't'}");
  EXPECT_TRUE(holds(table, "t[1] == 1 and math.type(t[1]) == 'integer' and math.type(t[2]) == 'float'"));
  EXPECT_TRUE(holds(table, "t[3] == 'a\\0b' and t[4] == true and #t == 5 and t[5].deep.x == false"));
  EXPECT_TRUE(holds(table, "t[80] == 'http' and t[1.5] == 'f' and t[true] == 't'"));
  EXPECT_THAT(left_out, IsEmpty());
}

TEST_F(TakePlain, NonDataIsLeftOutAndReported) {
  const auto table = data("{a = {b = {print, 2, io.stdout}, [print] = 1}, c = coroutine.create(print)}");
  EXPECT_THAT(left_out, testing::UnorderedElementsAre("a.b[1]: a function", "a.b[3]: a userdata",
                                                      "a: a key that is a function", "c: a thread"));
  EXPECT_TRUE(holds(table, "#t.a.b == 1 and t.a.b[1] == 2 and t.c == nil"));
}

TEST_F(TakePlain, RecursiveTableIsLeftOut) {
  const auto table = data("(function() local t = {x = 1}; t.me = t; t.twice = {t.x, t.x}; return t end)()");
  EXPECT_THAT(left_out, ElementsAre("me: a table that contains itself"));
  EXPECT_TRUE(holds(table, "t.x == 1 and t.me == nil and #t.twice == 2"));
}

TEST_F(TakePlain, TooDeepTableIsLeftOut) {
  data("(function() local t = {}; for _ = 1, 10000 do t = {t} end return t end)()");
  EXPECT_THAT(left_out, ElementsAre(testing::EndsWith(": a table that is nested too deeply")));
}

TEST_F(TakePlain, SharedTableIsCopiedToEachPlace) {
  const auto table = data("(function() local t = {x = {1}}; return {a = t, b = t} end)()");
  EXPECT_THAT(left_out, IsEmpty());
  EXPECT_TRUE(holds(table, "t.a.x[1] == 1 and t.b.x[1] == 1"));
}

TEST_F(TakePlain, RepeatedTablesAreBounded) {
  data("(function() local t = {}; for _ = 1, 60 do t = {t, t} end return t end)()");
  EXPECT_THAT(left_out, ElementsAre(testing::EndsWith(": too many copies of a table that is in several places")));
  left_out.clear();
  data(R"((function()
    local all = {}
    for i = 1, 1000 do all[i] = {} end
    for _, t in ipairs(all) do for i, other in ipairs(all) do t[i] = other end end
    return all
  end)())");
  EXPECT_THAT(left_out, testing::SizeIs(100));
}

TEST_F(TakePlain, UnsharedTableIsKeptBesideTooManyRepetitions) {
  const auto table = data(R"((function()
    local t = {}
    for _ = 1, 60 do t = {t, t} end
    return {t, {only = "here"}}
  end)())");
  EXPECT_TRUE(holds(table, "t[2].only == 'here'"));
}

TEST_F(TakePlain, MetatableIsLeftOutAndReported) {
  const auto table = data("setmetatable({x = 1}, {__index = error, __pairs = error, __len = error})");
  EXPECT_THAT(left_out, ElementsAre(": a metatable"));
  EXPECT_TRUE(holds(table, "t.x == 1"));
}

TEST_F(TakePlain, MetatablesOfNestedTablesAreReportedWithPath) {
  const auto table = data("{a = {x = setmetatable({}, {}), y = 1}, b = {setmetatable({2}, {})}, c = 3}");
  EXPECT_THAT(left_out, testing::UnorderedElementsAre("a.x: a metatable", "b[1]: a metatable"));
  EXPECT_TRUE(holds(table, "next(t.a.x) == nil and t.a.y == 1 and t.b[1][1] == 2 and t.c == 3"));
}

TEST_F(PutPlain, NonDataKeepsPlace) {
  luaL_dostring(state, "kept = {print, 1, sub = {f = print, n = 1}}; sub = kept.sub; return kept");
  auto table = *take_plain(state, 1, [](const std::string&, std::string_view) {});
  merge(table, data("{2, sub = {n2 = 2}}"), {});
  lua_getglobal(state, "kept");
  put_plain(state, table);
  luaL_dostring(state,
                "return kept[1] == print and kept[2] == 1 and kept[3] == 2 and kept.sub == sub and sub.f == print "
                "and sub.n == 1 and sub.n2 == 2");
  EXPECT_TRUE(lua_toboolean(state, -1));
}

TEST_F(TakePlain, LuaStackIsUnchanged) {
  luaL_dostring(state, "return {1, {2}, print, {x = {print}}}");
  take_plain(state, 1, [](const std::string&, std::string_view) {});
  EXPECT_EQ(lua_gettop(state), 1);
}

TEST_F(Merge, NewItemsAreAppendedAndTablesMerged) {
  const auto table = merged("{a = {1, 2}, h = {['10.0.0.1'] = {x = 1}}}",
                            "{a = {3}, h = {['10.0.0.2'] = {x = 2}, ['10.0.0.1'] = {y = 3}}}");
  EXPECT_EQ(table.fields, data("{a = {1, 2, 3}, h = {['10.0.0.1'] = {x = 1, y = 3}, ['10.0.0.2'] = {x = 2}}}").fields);
}

TEST_F(Merge, FirstOfTwoNewValuesStays) {
  EXPECT_EQ(merged("{x = 1, y = {1}}", "{x = 2, y = 2}").fields, data("{x = 1, y = {1}}").fields);
}

TEST_F(Merge, BaseValuesAreNotDuplicated) {
  const char* base = "{seen = {'a', 'b'}, count = 1}";
  const auto table = merged("{seen = {'a', 'b', 'c'}, count = 1}", "{seen = {'a', 'b', 'd'}, count = 1}", base);
  EXPECT_EQ(table.fields, data("{seen = {'a', 'b', 'c', 'd'}, count = 1}").fields);
}

TEST_F(Merge, ChangedItemsAreMergedInPlace) {
  const char* base = "{hosts = {{name = 'a'}, {name = 'b'}}}";
  const auto table = merged("{hosts = {{name = 'a', seen = 1}, {name = 'b'}}}",
                            "{hosts = {{name = 'a'}, {name = 'b', seen = 2}, {name = 'c'}}}", base);
  EXPECT_EQ(table.fields, data("{hosts = {{name = 'a', seen = 1}, {name = 'b', seen = 2}, {name = 'c'}}}").fields);
  EXPECT_EQ(merged("{l = {1, 2}}", "{l = {1, 3}}", "{l = {1, 2}}").fields, data("{l = {1, 3}}").fields);
}

TEST_F(Merge, SequenceWithNonDataIsMergedByIndex) {
  const auto table = merged("{print, 'a', 'b'}", "{'a', 'c', 'd'}", "{print, 'a', 'b'}");
  EXPECT_TRUE(holds(table, "#t == 3 and t[1] == 'a' and t[2] == 'c' and t[3] == 'd'"));
}

TEST_F(Merge, SequenceChangedOnOneSideHasChangedValue) {
  EXPECT_EQ(merged("{q = {1, 2, 3}}", "{q = {2, 3}}", "{q = {1, 2, 3}}").fields, data("{q = {2, 3}}").fields);
  EXPECT_EQ(merged("{q = {2, 3}}", "{q = {1, 2, 3}}", "{q = {1, 2, 3}}").fields, data("{q = {2, 3}}").fields);
}

TEST_F(Merge, RemovedKeyStaysRemoved) {
  EXPECT_EQ(merged("{x = 1}", "{x = 1, y = 2}", "{x = 1, y = 2}").fields, data("{x = 1}").fields);
}

TEST_F(Merge, ChangedValueReplacesBaseValue) {
  EXPECT_EQ(merged("{count = 1}", "{count = 2}", "{count = 1}").fields, data("{count = 2}").fields);
  EXPECT_EQ(merged("{count = 3}", "{count = 2}", "{count = 1}").fields, data("{count = 3}").fields);
}

}  // namespace
}  // namespace sluice::lua
