// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/string_lib.hpp"

#include <random>
#include <string>

#include "support/lua_fixture.hpp"

namespace sluice::nse {
namespace {

/// `theirs` has the functions of Lua, `ours` their replacements. The names are equal, so that error messages are, too.
class StringLibrary : public lua::LuaFixture {
 protected:
  StringLibrary() {
    run("theirs = {} for name, f in pairs(string) do theirs[name] = f end");
    lua_pushcfunction(L(), open_string);
    lua_call(L(), 0, 0);
    run(R"(ours = string
           function all_of(library, subject, pattern, start)
             local matches = {}
             for a, b, c in library.gmatch(subject, pattern, start) do
               matches[#matches + 1] = tostring(a) .. ',' .. tostring(b) .. ',' .. tostring(c)
             end
             return table.concat(matches, ';')
           end)");
    EXPECT_EQ(run("return ours.find ~= theirs.find, all_of(ours, 'a1', '(%a)(%d)')"), "true|a,1,nil");
  }

  /// Expects equal results of an expression with `library` as `ours` and as `theirs`.
  void expect_same(const std::string& expression) {
    const std::string code = "local library = %s return " + expression;
    const auto with = [&](const char* library) { return run(std::string(code).replace(code.find("%s"), 2, library)); };
    EXPECT_EQ(with("ours"), with("theirs")) << expression;
  }

  static std::string quoted(const std::string& text) {
    std::string literal = "'";
    for (const char c : text)
      literal += "\\x" + std::string{"0123456789abcdef"[c >> 4 & 15], "0123456789abcdef"[c & 15]};
    return literal + "'";
  }
};

TEST_F(StringLibrary, RandomPatternsGiveResultsOfLua) {
  constexpr const char* kItems[] = {"a",    "b",    "<",      ".",     "%a",    "%d",   "%S",    "%W", "%z",
                                    "[ab]", "[^b]", "[^<]",   "[a-c]", "[%w_]", "[]a]", "[^]a]", "(",  ")",
                                    "()",   "%b<>", "%f[%w]", "%1",    "%2",    "$",    "^",     "%",  "[",
                                    "%f",   "%b<",  "*",      "+",     "-",     "?",    "\\0",   "%%"};
  constexpr const char* kRepetitions[] = {"", "", "", "*", "+", "-", "?"};
  constexpr char kLetters[] = {'a', 'b', 'c', '<', '>', '1', ' ', '%', '\0', ']'};
  std::mt19937 random(20091126);
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  for (int round = 0; round < 6000; ++round) {
    std::string pattern = below(8) == 0 ? "^" : "", subject, replacement;
    for (std::size_t items = 1 + below(6); items > 0; --items) {
      const std::string item = kItems[below(std::size(kItems))];
      pattern += item == "\\0" ? std::string(1, '\0') : item;
      pattern += kRepetitions[below(std::size(kRepetitions))];
    }
    for (std::size_t size = below(14); size > 0; --size) subject += kLetters[below(std::size(kLetters))];
    for (std::size_t parts = below(4); parts > 0; --parts) {
      constexpr const char* kParts[] = {"x", "%0", "%1", "%2", "%%", "%x"};
      replacement += kParts[below(std::size(kParts))];
    }
    const std::string both = quoted(subject) + ", " + quoted(pattern);
    const std::string start = std::to_string(static_cast<int>(below(24)) - 8);
    expect_same("library.find(" + both + ", " + start + ")");
    expect_same("library.match(" + both + ")");
    expect_same("all_of(library, " + both + ", " + start + ")");
    expect_same("library.gsub(" + both + ", " + quoted(replacement) + (below(3) == 0 ? ", 2)" : ")"));
    if (HasFailure()) break;
  }
}

TEST_F(StringLibrary, ArgumentsAreCheckedAsInLua) {
  for (const char* expression :
       {"library.find('a.b', '.', 1, true)",
        "library.find('a.b', '.', 1, 1)",
        "library.find('abc', '')",
        "library.find('abc', '', 4)",
        "library.find('abc', '', 5)",
        "library.find('', '')",
        "library.find('a+a', 'a+a', 1, true)",
        "library.find('abc', 'b', -2)",
        "library.find('abc', 'b', -1)",
        "library.find('abc', 'b', -99)",
        "library.find('abc', 'b', math.mininteger)",
        "library.find('abc', 'b', math.maxinteger)",
        "library.find(121, 2)",
        "library.find('a\\0b', '\\0')",
        "library.find('abc')",
        "library.find()",
        "library.find({}, 'a')",
        "library.match('a', {})",
        "library.match('abc', 'b', 'x')",
        "library.match('abc', 'b', 1.5)",
        "library.match(1.5, '%d')",
        "library.match('hello', '()ll()')",
        "library.match('  x', '^%s*(.-)%s*$')",
        "library.gsub('abc', 'b')",
        "library.gsub('abc', '%w', {a = 1, b = true})",
        "library.gsub('abc', '%w', {a = 1, b = false})",
        "library.gsub('abc', '%w', {a = {}})",
        "library.gsub('abc', '%w', function(c) return c .. c end)",
        "library.gsub('abc', '%w', function(c) error('mine') end)",
        "library.gsub('abc', '()', function(at) return at end)",
        "library.gsub('abc', '', '-')",
        "library.gsub('abc', 'b*', '-')",
        "library.gsub('abc', '%w', '%1%0', 2)",
        "library.gsub('abc', '%w', 'x', 0)",
        "library.gsub('abc', '%w', 'x', -1)",
        "library.gsub('abc', '%w', 7)",
        "library.gsub('abc', '^a', 'x')",
        "library.gsub('aaa', '^a', 'x')",
        "library.gsub('abc', 'b', nil)",
        "library.gsub('abc', 'b', true)",
        "library.gsub('abc', 'b', nil, 'y')",
        "library.gsub('abc', 'b', '%')",
        "library.gsub('abc', 'b', '%9')",
        "library.gmatch('abc')",
        "library.gmatch('abc', 'b', {})",
        "all_of(library, '^a^a', '^a')",
        "library.rep('(', 33):match(library.rep('(', 33))",
        "library.find(library.rep('a', 300), library.rep('a?', 300))",
        "library.find(library.rep('a', 300), library.rep('a?', 199))",
        "library.find(library.rep('a', 300), library.rep('.-', 210) .. 'b')",
        "library.find('x', library.rep('.*', 210) .. 'b')",
        "library.find(library.rep('a', 300), library.rep('(a?)', 32) .. library.rep('a?', 103))",
        "library.find(library.rep('a', 300), library.rep('(a?)', 32) .. library.rep('a?', 104))",
        "library.match('key = \"a \\\\\" b\" ;', '^(%w+)%s*=%s*\"(.-[^\\\\])\"%s*;$')",
        "library.gsub(library.rep('<a><b>', 50), '<(.-)>', '%1')",
        "pcall(library.gsub, 'abc', '%w', setmetatable({}, {__index = function(_, key) return key:upper() end}))"})
    expect_same(expression);
}

TEST_F(StringLibrary, GmatchContinuesInOtherCoroutine) {
  EXPECT_EQ(run("local next = ('a b c'):gmatch('%a') "
                "local inner = coroutine.wrap(function() local a = next() coroutine.yield(a) end) "
                "return inner(), next(), next(), next()"),
            "a|b|c");
}

TEST_F(StringLibrary, FailedAllocationLeavesStateIntact) {
  sweep("return ('abc'):gsub('%w', '%0%0'), ('abc'):match('(a)(b)'), ('x y'):gmatch('%a')()");
}

}  // namespace
}  // namespace sluice::nse
