// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// The global environment and the libraries of scripts. `directory` is searched first and has the libraries of the
/// test.
class Environment : public RuntimeFixture {
 protected:
  Environment() {
    options.find_file = [this, installed = options.find_file](const std::string& name) -> std::optional<std::string> {
      if (hidden.contains(name)) return std::nullopt;
      const std::string own = directory + "/" + name;
      return std::filesystem::is_regular_file(own) ? std::optional(own) : installed(name);
    };
    std::filesystem::create_directory(directory + "/nselib");
  }
  void library(const std::string& name, const std::string& source) {
    std::ofstream(directory + "/nselib/" + name + ".lua") << source;
  }
  std::set<std::string> hidden;
};

TEST_F(Environment, GlobalAssignedByScriptIsInvisibleToOtherScripts) {
  script("first", "mine = 5 return tostring(mine) .. tostring(rawget(_G, 'mine')) .. tostring(rawget(_ENV, 'mine'))");
  script("second", "return tostring(select(2, pcall(function() return mine end)))");
  start_port("first");
  run();
  start_port("second");
  run();
  EXPECT_EQ(result("first"), "5nil5");
  EXPECT_THAT(result("second"), HasSubstr("variable 'mine' is not declared"));
}

TEST_F(Environment, UndeclaredGlobalsAreErrorsForLibrariesAndLoadedChunks) {
  library("careless",
          "local M = {} function M.assign() careless_global = 1 end function M.read() return nowhere end\n"
          "declared_in_the_main_chunk = 2 return M");
  EXPECT_EQ(act(R"(
    local careless = require 'careless'
    local function why(f, ...) return (tostring(select(2, pcall(f, ...))):gsub('^.-:%d+: ', '')) end
    return table.concat({why(careless.assign), why(careless.read), why(function() _G.direct = 1 end),
                         why(load('return loaded_global')), declared_in_the_main_chunk}, ', '))"),
            "assign to undeclared variable 'careless_global', variable 'nowhere' is not declared, "
            "assign to undeclared variable 'direct', variable 'loaded_global' is not declared, 2");
}

TEST_F(Environment, RequireSearchesLoadedThenDataDirectoriesThenPreload) {
  library("placed", "return {from = 'nselib'}");
  library("data_of", "return {from = 'nselib'}");
  EXPECT_EQ(act(R"(
    package.preload.placed = function() return {from = 'preload'} end
    package.preload['elsewhere.deep'] = function() return {from = 'preload'} end
    package.loaded.data_of = {from = 'loaded'}
    return table.concat({require 'placed'.from, require 'elsewhere.deep'.from, require 'data_of'.from}, ' '))"),
            "nselib preload loaded");
}

TEST_F(Environment, MissingLibraryErrorNamesSearchedPlaces) {
  const std::string message = act("return select(2, pcall(require, 'pcre'))");
  EXPECT_THAT(message, AllOf(HasSubstr("module 'pcre' not found"),
                             HasSubstr("NSE failed to find nselib/pcre.lua in search paths."),
                             HasSubstr("no field package.preload['pcre']")));
}

TEST_F(Environment, MissingFunctionIsNamedInError) {
  EXPECT_THAT(act("nmap.no_such_function()"), HasSubstr("attempt to call a nil value (field 'no_such_function')"));
  EXPECT_THAT(act("nmap.new_socket():listen(80)"), HasSubstr("attempt to call a nil value (method 'listen')"));
  EXPECT_THAT(act("no_such_function()"), HasSubstr("variable 'no_such_function' is not declared"));
}

TEST_F(Environment, RandomNumbersDifferBetweenRuns) {
  const std::string first = act("return tostring(math.random(0))");
  TearDown();
  EXPECT_NE(act("return tostring(math.random(0))"), first);
}

// Covers differences from Lua 5.3, under which nmap 7.93 of Debian runs scripts.
TEST_F(Environment, StandardLibrariesBehaveAsInLua54) {
  EXPECT_EQ(act(R"(
    local t = setmetatable({}, {__index = function(_, i) return i <= 3 and i * 10 or nil end, __len = function() return 3 end})
    local file <close> = assert(io.tmpfile())
    file:write('1 0x10\nrest')
    file:seek('set')
    local one, sixteen, rest = file:read('n', 'n', 'L')
    local warned = pcall(warn, '@off')
    return table.concat({
      string.gmatch('a1b2', '%a(%d)', 3)(), ('%q'):format(math.mininteger), '10' + 1, math.type('10' + 1),
      table.concat(t, ','), table.unpack(t, 2, 2), select('#', table.unpack(t)), utf8.len('\u{7FFFFFFF}', 1, -1, true),
      os.time{year = 2020, month = 14, day = 1, hour = 12} - os.time{year = 2021, month = 2, day = 1, hour = 12},
      one + sixteen, #rest, select('#', io.lines('/dev/null')), tostring(math.ult(1, -1)), tostring(warned)}, ' '))"),
            "2 0x8000000000000000 11 integer 10,20,30 20 3 1 0 17 1 4 true true");
}

TEST_F(Environment, ErrorsMayBeValuesOfAnyType) {
  options.debugging = 1;
  EXPECT_EQ(act(R"(
    local thrown = {code = 5}
    local _, caught = pcall(error, thrown)
    local _, handled = xpcall(error, function(value) return value end, thrown)
    local _, slept = pcall(function() stdnse.sleep(1) error(thrown) end)
    return tostring(caught == thrown and handled == thrown and slept == thrown and select('#', pcall(error)) == 2))"),
            "true");
  EXPECT_EQ(act("error(setmetatable({}, {__tostring = function() return 'its text' end}))"), "failed: its text");
  EXPECT_THAT(act("error({})"), ::testing::StartsWith("failed: table: 0x"));
  EXPECT_EQ(act("error()"), "failed: nil");
}

TEST_F(Environment, NewTryRaisesTableAfterCatchFunctionUnlessCatchFunctionRaises) {
  EXPECT_EQ(act(R"(
    local done = {}
    local function catch(name) return nmap.new_try(function() stdnse.sleep(1) done[#done + 1] = name end) end
    local function told(try, ...)
      local ok, thrown = pcall(try, ...)
      return ('%s %s %s %s'):format(ok, type(thrown), thrown.errtype, thrown.message)
    end
    local outer, inner = catch('outer'), catch('inner')
    local _, thrown = pcall(outer, pcall(inner, nil, 'the innermost'))
    return table.concat({told(outer, false, 'reason'), told(nmap.new_try(), nil), thrown.message.message,
      told(nmap.new_try(function() error({message = 'own'}) end), false, 'reason'), table.concat(done, ' ')}, ', '))"),
            "false table nmap.new_try reason, false table nmap.new_try nil, the innermost, false table nil own, "
            "inner outer outer");
}

TEST_F(Environment, CloseHandlersOfTimedOutThreadRunInReverseOrder) {
  options.script_timeout = std::chrono::seconds(5);
  EXPECT_EQ(act(R"(
    nmap.registry.closed = {}
    local function closing(name)
      return setmetatable({}, {__close = function() table.insert(nmap.registry.closed, name) end})
    end
    local first <close> = closing 'first'
    local second <close> = closing 'second'
    stdnse.sleep(100))"),
            "timed out");
  EXPECT_EQ(act("return table.concat(nmap.registry.closed, ' ')"), "second first");
}

TEST_F(Environment, LibrariesMayUseSyntaxOfLua54) {
  library("newer", R"(
    local M <const> = {}
    function M.work(log)
      do local guard <close> = setmetatable({}, {__close = function() log[#log + 1] = 'closed' end}) end
      for i = 1, 3 do
        if i == 2 then goto continue end
        log[#log + 1] = i // 1 | 0
        ::continue::
      end
      log[#log + 1] = utf8.len('\u{e4}\u{f6}')
      return table.concat(log, ' ')
    end
    return M)");
  EXPECT_EQ(act("local newer <const> = require 'newer' return newer.work {}"), "closed 1 3 2");
}

TEST_F(Environment, MissingPreloadedLibraryIsNoError) {
  hidden = {"nselib/lpeg-utility.lua"};
  EXPECT_EQ(act("return 'fine'"), "fine");
}

}  // namespace
}  // namespace sluice::nse
