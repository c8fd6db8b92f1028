// SPDX-License-Identifier: Apache-2.0
#include "manual/tables.hpp"

#include <gmock/gmock.h>

namespace sluice::manual {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string table(const std::string& name) {
  const auto page = with_tables("before\n<!-- table: " + name + " -->\nold\n<!-- end of table -->\nafter\n");
  return page ? *page : "error: " + page.error().message;
}

TEST(Tables, TextAroundTableStays) {
  const std::string page = table("Targets");
  EXPECT_TRUE(
      page.starts_with("before\n<!-- table: Targets -->\n| option | meaning |\n|---|---|\n| `-iL FILE` | reads"))
      << page;
  EXPECT_TRUE(page.ends_with(" |\n<!-- end of table -->\nafter\n")) << page;
  EXPECT_THAT(page, Not(HasSubstr("old")));
}

TEST(Tables, SectionHasOptionsOfNmapOnly) {
  EXPECT_THAT(table("Targets"), Not(HasSubstr("--targets-from FILE` |")));
  EXPECT_THAT(table("own options"), HasSubstr("| `--targets-from FILE` |"));
  EXPECT_THAT(table("own options"), Not(HasSubstr("`-iL FILE` |")));
}

TEST(Tables, OtherNamesStandInParentheses) {
  EXPECT_THAT(table("Host discovery"), HasSubstr("| `-Pn` (`-PN`, `-P0`, `-PD`) |"));
  EXPECT_THAT(table("Host discovery"), HasSubstr("| `-PS[PORTS]`, `-PA[PORTS]`, `-PU[PORTS]` |"));
}

TEST(Tables, BarOfValueIsEscaped) { EXPECT_THAT(table("own options"), HasSubstr("`--journal-sync full\\|normal`")); }

TEST(Tables, RefusedOptionsWithOneReasonAreOneRow) {
  EXPECT_THAT(table("refused options"),
              HasSubstr("| `-sY`, `-sZ`, `--adler32` | sluice does not scan SCTP; leave it out |"));
  EXPECT_THAT(table("refused options"), HasSubstr("use `--script rpcinfo` |"));
}

TEST(Tables, CommandHasItsOptions) {
  EXPECT_THAT(table("options of diff"), HasSubstr("| `--by-name` |"));
  EXPECT_THAT(table("options of diff"), Not(HasSubstr("--prune")));
  EXPECT_THAT(table("options of history"), HasSubstr("| `--prune` |"));
}

TEST(Tables, UnknownNameAndMissingEndAreErrors) {
  EXPECT_EQ(table("Nothing"), "error: table Nothing: there is no such table");
  EXPECT_EQ(table("options of nothing"), "error: table options of nothing: there is no such table");
  const auto open = with_tables("<!-- table: Targets -->\ntext\n");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().message, "table Targets: has no end; add the line <!-- end of table -->");
}

}  // namespace
}  // namespace sluice::manual
