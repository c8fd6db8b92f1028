#include <set>

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// What a script finds in its world. Libraries of its own lie in the directory of the test, which is searched first.
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

TEST_F(Environment, ScriptsMayAssignGlobalsOfTheirOwnWhichNobodyElseSees) {
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

TEST_F(Environment, LibrariesOfTheDataDirectoriesComeBeforeAllOthersAndOnesLoadedBeforeThose) {
  library("placed", "return {from = 'nselib'}");
  library("data_of", "return {from = 'nselib'}");
  EXPECT_EQ(act(R"(
    package.preload.placed = function() return {from = 'preload'} end
    package.preload['elsewhere.deep'] = function() return {from = 'preload'} end
    package.loaded.data_of = {from = 'loaded'}
    return table.concat({require 'placed'.from, require 'elsewhere.deep'.from, require 'data_of'.from}, ' '))"),
            "nselib preload loaded");
}

TEST_F(Environment, LibraryThatIsNowhereIsNamedWithThePlacesThatWereSearched) {
  const std::string message = act("return select(2, pcall(require, 'pcre'))");
  EXPECT_THAT(message, AllOf(HasSubstr("module 'pcre' not found"),
                             HasSubstr("NSE failed to find nselib/pcre.lua in search paths."),
                             HasSubstr("no field package.preload['pcre']")));
}

TEST_F(Environment, FunctionThatSluiceDoesNotHaveIsNamedInTheError) {
  EXPECT_THAT(act("nmap.no_such_function()"), HasSubstr("attempt to call a nil value (field 'no_such_function')"));
  EXPECT_THAT(act("nmap.new_socket():listen(80)"), HasSubstr("attempt to call a nil value (method 'listen')"));
  EXPECT_THAT(act("no_such_function()"), HasSubstr("variable 'no_such_function' is not declared"));
}

TEST_F(Environment, RandomNumbersAreOthersInEachRun) {
  const std::string first = act("return tostring(math.random(0))");
  TearDown();
  EXPECT_NE(act("return tostring(math.random(0))"), first);
}

TEST_F(Environment, NewerCollectionsMayUseAllOfLua54) {
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

TEST_F(Environment, OlderCollectionsNeedNotHaveEveryLibraryThatIsLoadedBeforehand) {
  hidden = {"nselib/lpeg-utility.lua"};
  EXPECT_EQ(act("return 'fine'"), "fine");
}

}  // namespace
}  // namespace sluice::nse
