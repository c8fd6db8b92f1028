// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/table_lib.hpp"

#include "support/c_module.hpp"
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class TableLibrary : public RuntimeFixture {};

/// Calls the functions of Lua and their replacements with equal random arguments. Compares results, errors and every
/// access to the table, but not argument numbers in errors: that of table.remove differs among the releases of Lua 5.4.
TEST_F(TableLibrary, RandomCallsGiveResultsOfLua) {
  options.unsafe_lua = true;
  EXPECT_EQ(act("local original = " + kModule + R"(.table
    local log
    local function random_value()
      local kind = math.random(12)
      if kind == 1 then return nil elseif kind == 2 then return true elseif kind == 3 then return math.random() end
      return kind < 8 and math.random(30) or string.char(96 + math.random(9))
    end
    local function random_table(size)
      local values = {}
      for index = 1, size do values[index] = random_value() end
      if math.random(3) == 1 then return function() return table.move(values, 1, size, 1, {}) end end
      local length = math.random(4) == 1 and math.random(size + 3) - 2 or nil
      return function()
        local kept = original.move(values, 1, size, 1, {})
        return setmetatable({}, {
          __index = function(_, key) log[#log + 1] = 'get ' .. tostring(key) return kept[key] end,
          __newindex = function(_, key, value) log[#log + 1] = ('set %s %s'):format(key, value) kept[key] = value end,
          __len = function() return length or size end})
      end
    end
    local function show(values)
      local texts = {}
      for index = -2, 40 do texts[#texts + 1] = tostring(rawget(values, index)) end
      return original.concat(texts, ' ')
    end
    local function try(f, make, ...)
      log = {}
      local subject = make()
      local results = table.pack(pcall(function(...) local results = table.pack(f(...)) return original.unpack(results, 1, results.n) end,
                                       subject, ...))
      for index = 1, results.n do
        local value = results[index]
        results[index] = value == subject and 'itself' or type(value) == 'table' and show(value)
                         or tostring(value):gsub("#%d to '[^']*'", '')
      end
      return original.concat(results, '|') .. '\n' .. original.concat(log, ',') .. '\n' .. (type(subject) == 'table' and show(subject) or '')
    end
    local function number() return math.random(6) == 1 and random_value() or math.random(12) - 3 end
    local order = function(a, b) log[#log + 1] = tostring(a) .. '<' .. tostring(b) return tostring(a) < tostring(b) end
    local nonsense = function() log[#log + 1] = 'x' return #log % 3 == 0 end
    local arguments = {
      concat = function() return math.random(3) == 1 and '' or ', ', number(), number() end,
      insert = function() if math.random(2) == 1 then return random_value() end return number(), random_value() end,
      move = function() return number(), number(), number(), math.random(3) == 1 and {} or nil end,
      remove = function() if math.random(3) > 1 then return number() end end,
      sort = function() return ({nil, order, nonsense, 5})[math.random(4)] end,
      unpack = function() return number(), number() end}
    local seed = math.random(0)
    math.randomseed(seed)
    for round = 1, 3000 do
      for name, make_arguments in pairs(arguments) do
        local make = math.random(40) == 1 and function() return 'no table' end or random_table(math.random(9) - 1)
        local given = table.pack(make_arguments())
        local ours = try(table[name], make, original.unpack(given, 1, given.n))
        local theirs = try(original[name], make, original.unpack(given, 1, given.n))
        if ours ~= theirs then return ('seed %d: %s\n%s\nbut Lua\n%s'):format(seed, name, ours, theirs) end
      end
      if round % 50 == 0 then stdnse.sleep(0.001) end
    end
    return 'the same')"),
            "the same");
}

TEST_F(TableLibrary, LargeTablesAreSorted) {
  EXPECT_EQ(act(R"(
    local values = {}
    for index = 1, 20000 do values[index] = index < 15000 and index or math.random(30000) end
    table.sort(values)
    for index = 2, #values do if values[index - 1] > values[index] then return 'not sorted' end end
    table.sort(values, function(a, b) return a > b end)
    for index = 2, #values do if values[index - 1] < values[index] then return 'not sorted downwards' end end
    return 'sorted')"),
            "sorted");
  EXPECT_THAT(act("table.sort({3, 1, 2, 5, 4}, function() return true end)"), HasSubstr("invalid order function"));
}

TEST_F(TableLibrary, ScriptLoopingInCMetamethodsIsKilled) {
  cpu.budget = 80ms;
  const std::string all = "{__len = function() return 1 << 30 end, __index = rawlen, __newindex = rawequal}";
  const std::string endless = "{__len = function() return 1 << 61 end, __index = rawlen, __newindex = rawequal}";
  for (const std::string& action :
       {"table.insert(setmetatable({}, " + endless + "), 1, 5)", "table.remove(setmetatable({}, " + endless + "), 1)",
        "table.move(setmetatable({}, " + endless + "), 1, math.maxinteger - 1, 2)",
        "table.move(setmetatable({}, " + endless + "), 1, math.maxinteger - 1, -9)",
        std::string("table.concat(setmetatable({}, {__index = tostring}), '', 1, math.maxinteger)"),
        "table.sort(setmetatable({}, " + all + "))", std::string("return string.rep('', 1 << 62)")}) {
    script("loops", "while true do pcall(function() " + action + " end) end");
    script("other", "stdnse.sleep(1) return 'fine'");
    start_port("other");
    start_port("loops");
    run();
    EXPECT_EQ(result("loops"), "killed") << action;
    EXPECT_EQ(result("other"), "fine");
  }
}

TEST_F(TableLibrary, StringRepGivesResultsOfLua) {
  EXPECT_EQ(
      act("return table.concat({('ab'):rep(3), ('ab'):rep(1, ', '), ('ab'):rep(4, ', '), (''):rep(3, '-'), "
          "('x'):rep(0), "
          "('x'):rep(-1), (''):rep(1 << 62), #('xyz'):rep(1000001, '12'), (('xyz'):rep(101, '12'):gsub('xyz12', '')), "
          "tostring(pcall(string.rep, 'x', 1 << 31)), select(2, pcall(string.rep, 'x', 1 << 62))}, '|')"),
      "ababab|ab|ab, ab, ab, ab|--||||5000003|xyz|false|resulting string too large");
}

}  // namespace
}  // namespace sluice::nse
