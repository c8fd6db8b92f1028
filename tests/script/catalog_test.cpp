// SPDX-License-Identifier: Apache-2.0
#include "script/catalog.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "support/random_text.hpp"

namespace sluice::script {
namespace {

TEST(ParseScriptDatabase, EntriesAreRead) {
  const auto entries = parse_script_database(
      "-- a comment\nEntry { filename = \"a.nse\", categories = { \"safe\", \"default\", } }\n"
      "Entry{categories={'x'},filename='b\\'s.nse',};\nEntry { filename = \"c.nse\", categories = { } }");
  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ(*entries, (std::vector<Entry>{{"a.nse", {"safe", "default"}}, {"b's.nse", {"x"}}, {"c.nse", {}}}));
  EXPECT_TRUE(parse_script_database("")->empty());
}

TEST(ParseScriptDatabase, ErrorNamesLineAndRemedy) {
  for (const char* broken :
       {"Entry", "Entry {", "Entry { filename = 1, categories = {} }", "Entry { filename = \"a\", categories = { 1 } }",
        "Entry { filename = \"a\" }", "Entry { categories = {} }", "Entry { filename = \"\", categories = {} }",
        "Entry { filename = \"a\", categories = { \"b\" \"c\" } }", "os.execute('x')",
        "Entry { filename = \"a, categories", "Entry { filename = \"a\", filename = \"b\" }",
        "Entry { categories = {}, categories = {} }", "Entry { filename = \"a\\"}) {
    const auto entries = parse_script_database(std::string("Entry { filename = \"a\", categories = {} }\n") + broken);
    ASSERT_FALSE(entries) << broken;
    EXPECT_EQ(entries.error().message, "script.db is damaged at line 2; write it again with --script-updatedb")
        << broken;
  }
}

TEST(ScriptDatabaseText, EntriesAreSortedAndCategoriesAreLowerCase) {
  EXPECT_EQ(script_database_text({{"b.nse", {"Safe", "default", "safe"}}, {"a.nse", {}}}),
            "Entry { filename = \"a.nse\", categories = { } }\n"
            "Entry { filename = \"b.nse\", categories = { \"default\", \"safe\", } }\n");
}

TEST(ScriptDatabaseText, InstalledDatabaseIsReproducedByteForByte) {
  std::ifstream file("/usr/share/nmap/scripts/script.db");
  if (!file) GTEST_SKIP() << "no script.db installed";
  std::ostringstream text;
  text << file.rdbuf();
  const auto entries = parse_script_database(text.str());
  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_GT(entries->size(), 500u);
  EXPECT_EQ(script_database_text(*entries), text.str());
}

TEST(ParseScriptDatabase, RandomTextIsParsedOrRefused) {
  for (unsigned seed = 0; seed < 3000; ++seed)
    (void)parse_script_database("Entry { filename = " + test::random_text(seed, "\"'ab\\,{}=\n- ;categories"));
}

}  // namespace
}  // namespace sluice::script
