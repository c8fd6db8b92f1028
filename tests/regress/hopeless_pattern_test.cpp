#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// A page of 420 kB made one pattern of http-title go on for minutes inside of Lua's string library, which nothing can
// stop; it ended the whole run, with all the hosts that were left.
class HopelessPatterns : public RuntimeFixture {
 protected:
  HopelessPatterns() { cpu.budget = 80ms; }
  /// The action is stopped inside of a call, and the thread beside it goes on.
  void expect_stopped(const std::string& action) {
    script("hopeless", "local page = string.rep('<title', 70000) " + action);
    script("other", "stdnse.sleep(1) return 'fine'");
    start_port("other");
    start_port("hopeless");
    run();
    EXPECT_EQ(result("hopeless"), "killed");
    EXPECT_THAT(finished.at("hopeless").message, HasSubstr("without waiting"));
    EXPECT_EQ(result("other"), "fine");
  }
};

TEST_F(HopelessPatterns, AHopelessMatchIsStoppedAndTheOthersGoOn) {
  expect_stopped("return page:match('<[^>]*t+[^>]*>')");
}

TEST_F(HopelessPatterns, SoIsAHopelessFind) { expect_stopped("return page:find('.-t.-t.->')"); }

TEST_F(HopelessPatterns, SoIsAHopelessFindOfWhatIsNowhere) { expect_stopped("return page:rep(20):find('.-x')"); }

TEST_F(HopelessPatterns, SoIsAHopelessWalkOverMatches) {
  expect_stopped("for word in page:gmatch('%a+[^>]*%a>') do end");
}

TEST_F(HopelessPatterns, SoIsAHopelessReplacement) { expect_stopped("return (page:gsub('%f[<]%W?.-%d', ''))"); }

TEST_F(HopelessPatterns, SoIsAHopelessSearchForABalance) { expect_stopped("return page:match('%b<>')"); }

TEST_F(HopelessPatterns, PcallCannotCatchThatEnd) {
  expect_stopped("while true do pcall(string.find, page, '.-t.-t.->') end");
}

TEST_F(HopelessPatterns, AMatchThatEndsInTimeIsLeftAlone) {
  script("title", "return (string.rep('<title', 7000) .. '><title>x</title>'):match('<title[^>]*>([^<]*)</title>')");
  start_port("title");
  run();
  EXPECT_EQ(result("title"), "x");
}

}  // namespace
}  // namespace sluice::nse
