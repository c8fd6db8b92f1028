// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class Load : public RuntimeFixture {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(directory + "/" + name) << text;
    return "'" + directory + "/" + name + "'";
  }
};

TEST_F(Load, LoadAcceptsTextAndFunctionsAsInLua) {
  EXPECT_EQ(act(R"(
    local env = {x = 7, select = select}
    local function pieces(...)
      local rest = {...}
      return function() return table.remove(rest, 1) end
    end
    local long = ('-- a comment\n'):rep(1000) .. 'return select("#", ...), x'
    local function all(...) return table.concat({...}, ' ', 1, select('#', ...)) end
    return table.concat({
      all(load(long, 'n', 't', env)(1, 2)), load(pieces('return ', '', 'y'))  and 'ends at an empty piece',
      load(pieces('return ', 'x', nil), nil, nil, env)(), all(load(pieces(('x = x + 1 '):rep(100), 'return x'), 'n', 'bt', env)()),
      select(2, load('x x', '=name')), select(2, load('x x')), select(2, load(function() return {} end)):match('reader.*'),
      select(2, load(function() error('own', 0) end)), select(2, load('return 1', 'n', 'b')),
      tostring(pcall(load, 5)), tostring(pcall(load)), tostring(load('return ...', 'n', 't', nil) ~= nil)}, '|'))"),
            "2 7|ends at an empty piece|7|107|name:1: syntax error near 'x'|[string \"x x\"]:1: syntax error near 'x'|"
            "reader function must return a string|own|attempt to load a text chunk (mode is 'b')|true|false|true");
}

TEST_F(Load, LoadfileSkipsByteOrderMarkAndFirstLineWithNumberSign) {
  const std::string marked = file("marked", "\xEF\xBB\xBF#!/bin/lua\nreturn debug.getinfo(1, 'l').currentline");
  const std::string only = file("only", "#" + std::string(10000, 'x'));
  EXPECT_EQ(act("return ('%d %d %d'):format(dofile(" + marked + "), loadfile(" + marked +
                ", 't', _ENV)(), select('#', dofile(" + only + ")))"),
            "2 2 0");
}

TEST_F(Load, LoadfileOfUnreadableFileReturnsReason) {
  ::mkfifo((directory + "/fifo").c_str(), 0600);
  EXPECT_EQ(act("return select(2, loadfile('/nonexistent')) .. '|' .. select(2, loadfile('" + directory +
                "/fifo')) .. '|' .. select(2, pcall(dofile, '/dev/zero')) .. '|' .. select('#', dofile())"),
            "cannot open /nonexistent: No such file or directory|cannot read " + directory +
                "/fifo: not a regular file|cannot read /dev/zero: not a regular file|0");
}

TEST_F(Load, RequireSkipsFifos) {
  ::mkfifo((directory + "/fifo.lua").c_str(), 0600);
  EXPECT_THAT(act("package.path = '" + directory + "/?.lua' return select(2, pcall(require, 'fifo'))"),
              HasSubstr("no file '" + directory + "/fifo.lua'"));
  EXPECT_EQ(act("return select(2, package.searchpath('a.b', '/x/?.lua;/y/?/z'))"),
            "no file '/x/a/b.lua'\n\tno file '/y/a/b/z'");
  EXPECT_EQ(act("return package.searchpath('nse:stdnse', '/none/?;/usr/share/?lib/stdnse.lua;/usr/share/nmap/?.lua', "
                "':', 'lib/')"),
            "/usr/share/nmap/nselib/stdnse.lua");
}

TEST_F(Load, ScriptInEndlessLoadIsKilled) {
  cpu.budget = 80ms;
  for (const char* action :
       {"load('return ' .. ('x or '):rep(1 << 20) .. 'x')", "load(('x = 1 '):rep(1 << 24))", "load(collectgarbage)"}) {
    EXPECT_EQ(act(std::string("local load = load while true do pcall(function() ") + action + " end) end"), "killed")
        << action;
    EXPECT_THAT(finished.at("act").message, HasSubstr("--script-burst"));
  }
}

}  // namespace
}  // namespace sluice::nse
