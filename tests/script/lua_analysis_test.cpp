// SPDX-License-Identifier: Apache-2.0
#include "script/lua_analysis.hpp"

#include <gtest/gtest.h>

#include "support/random_text.hpp"

namespace sluice::script {
namespace {

using Texts = std::vector<std::string>;

/// Returns the uses of globals as "name" for a read and "name=" for an assignment, with "f:" inside of functions.
Texts globals_of(std::string_view source) {
  const LuaAnalysis found = analyse_lua(source, "me");
  EXPECT_FALSE(found.error) << found.error->text << " in " << source;
  Texts uses;
  for (const GlobalUse& use : found.globals)
    uses.push_back((use.in_function ? "f:" : "") + use.name + (use.write ? "=" : ""));
  return uses;
}

TEST(AnalyseLua, LocalVariablesHideGlobalsInTheirScopeOnly) {
  EXPECT_EQ(globals_of("local a = a; b = a; do local b = 1; c = b end d = b"), (Texts{"a", "b=", "c=", "b", "d="}));
  EXPECT_EQ(globals_of("for i = i, 2 do x(i) end y(i)"), (Texts{"i", "x", "y", "i"}));
  EXPECT_EQ(globals_of("for k, v in pairs(k) do v(k) end"), (Texts{"pairs", "k"}));
  EXPECT_EQ(globals_of("repeat local a = 1 until a; b(a)"), (Texts{"b", "a"}));
  EXPECT_EQ(globals_of("local function f(a, ...) return a, f, g end"), (Texts{"f:g"}));
  EXPECT_EQ(globals_of("local f = function() return f end"), (Texts{"f:f"}));
  EXPECT_EQ(globals_of("function t.a:b() return self end"), (Texts{"t"}));
  EXPECT_EQ(globals_of("local x <const>, y <close> = 1, nil; x = y"), Texts{});
}

TEST(AnalyseLua, FieldsKeysAndLabelsAreNoVariables) {
  EXPECT_EQ(globals_of("local t = {a = 1, [b] = 2; c} t.d.e = t['f']:g{h = 1} ::l:: goto l"), (Texts{"b", "c"}));
}

TEST(AnalyseLua, AssignmentsAreNoReads) {
  EXPECT_EQ(globals_of("a, b.c, d[e] = f, g"), (Texts{"b", "d", "e", "f", "g", "a="}));
  EXPECT_EQ(globals_of("function a() b = 1 end"), (Texts{"a=", "f:b="}));
}

TEST(AnalyseLua, EnvironmentNamesGlobals) {
  EXPECT_EQ(globals_of("_ENV.a = _ENV.b.c"), (Texts{"b", "a="}));
  EXPECT_EQ(globals_of("_M.a = 1 local _M = {} _M.b = 1"), Texts{"a="});
  EXPECT_FALSE(analyse_lua("_ENV.a = 1 return _ENV", "").computes_globals);
  EXPECT_TRUE(analyse_lua("for k in x do _ENV[k] = 1 end", "").computes_globals);
  EXPECT_TRUE(analyse_lua("setmetatable(_ENV, {})", "").computes_globals);
  EXPECT_TRUE(analyse_lua("local _ENV = {} a = 1", "").globals.back().own_environment);
  EXPECT_FALSE(analyse_lua("do local _ENV = {} end a = 1", "").globals.back().own_environment);
}

TEST(AnalyseLua, ChunkReturnsEnvironmentIfItReturnsNothingElse) {
  EXPECT_TRUE(analyse_lua("return _ENV", "").returns_environment);
  EXPECT_TRUE(analyse_lua("a = 1\nreturn _ENV;", "").returns_environment);
  for (const char* other : {"return _ENV.a", "return _ENV, 1", "return", "return {}", "function f() return _ENV end"})
    EXPECT_FALSE(analyse_lua(other, "").returns_environment) << other;
}

TEST(AnalyseLua, AssignedValuesHaveTheirTypes) {
  const auto value = [](const std::string& text) { return analyse_lua("a = " + text, "").globals.back().value; };
  EXPECT_EQ(value("'x' .. \"y\""), LuaValue::Text);
  EXPECT_EQ(value("{}"), LuaValue::Table);
  EXPECT_EQ(value("function() end"), LuaValue::Function);
  EXPECT_EQ(value("-1"), LuaValue::Number);
  EXPECT_EQ(value("false"), LuaValue::Boolean);
  EXPECT_EQ(value("nil"), LuaValue::Nil);
  for (const char* unknown : {"f()", "1 + 1", "x or 'a'", "b", "'x' .. b", "not nil", "#'a'"})
    EXPECT_EQ(value(unknown), LuaValue::Unknown) << unknown;
}

TEST(AnalyseLua, ArgumentsAreConstantsOfGetScriptArgs) {
  const LuaAnalysis found = analyse_lua(
      "local std = require 'stdnse'\nlocal read = std.get_script_args\nlocal prefix = SCRIPT_NAME .. '.'\n"
      "read('a', {'b', 'c'}, d)\nstd.get_script_args(prefix .. 'e')\nother.get_script_args 'f'",
      "me");
  ASSERT_EQ(found.arguments.size(), 3U);
  EXPECT_EQ(found.arguments[0].names, Texts{"a"});
  EXPECT_EQ(found.arguments[1].names, (Texts{"b", "c"}));
  EXPECT_EQ(found.arguments[2].names, Texts{"me.e"});
  EXPECT_EQ(found.arguments[2].line, 5U);
}

TEST(AnalyseLua, LibrariesAreGuardedByPcallAndSilentRequire) {
  const LuaAnalysis found = analyse_lua(
      "local stdnse = require('stdnse') local ok, b = pcall(require, 'b') stdnse.silent_require 'c' stdnse.x()", "");
  ASSERT_EQ(found.libraries.size(), 3U);
  EXPECT_FALSE(found.libraries[0].guarded);
  EXPECT_TRUE(found.libraries[1].guarded);
  EXPECT_TRUE(found.libraries[2].guarded);
}

TEST(AnalyseLua, MembersBelongToTheLibraryOfTheVariable) {
  const LuaAnalysis found =
      analyse_lua("local h = require 'http' h.get() h['put'].x = h:head() h.own = 1 h = other h.no()", "");
  Texts members;
  for (const MemberUse& use : found.members) members.push_back(use.library + '.' + use.member + (use.write ? "=" : ""));
  EXPECT_EQ(members, (Texts{"http.get", "http.put", "http.head", "http.own="}));
}

TEST(AnalyseLua, LibraryIsUnusedIfItsVariableIsNeverRead) {
  const LuaAnalysis found = analyse_lua(
      "local a = require 'a'\nlocal b = require 'b'\nlocal _ = require 'c'\nlocal d = stdnse.silent_require 'd'\nlocal "
      "function f() return b end",
      "");
  EXPECT_EQ(found.unused_libraries, (std::vector<LocatedText>{{"a", 1}}));
}

TEST(AnalyseLua, WrongSyntaxHasItsLine) {
  for (const char* wrong : {"a = ", "f(", "if x then", "x y", "local 1", "a.b", "function () end", "return 1 x()",
                            "end", "f() = 1", "x = }", "for a do end", "'abc"}) {
    const auto error = analyse_lua(std::string("local a\n") + wrong, "").error;
    ASSERT_TRUE(error) << wrong;
    EXPECT_EQ(error->line, 2U) << wrong;
  }
  EXPECT_TRUE(analyse_lua("x = " + std::string(100000, '('), "").error);
  EXPECT_TRUE(analyse_lua("x = " + std::string(100000, '#') + "1", "").error);
}

TEST(AnalyseLua, AnyTextIsRead) {
  constexpr std::string_view kAlphabet = "a.b=c(){}[]'\",:;\n function end local if then do return ";
  for (unsigned seed = 0; seed < 3000; ++seed) analyse_lua(test::random_text(seed, kAlphabet), "x");
}

}  // namespace
}  // namespace sluice::script
