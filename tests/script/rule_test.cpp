// SPDX-License-Identifier: Apache-2.0
#include "script/rule.hpp"

#include <gtest/gtest.h>

#include "support/random_text.hpp"

namespace sluice::script {
namespace {

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all{{"banner.nse", {"default", "discovery", "safe"}},
                                      {"http-title.nse", {"default", "discovery", "safe"}},
                                      {"ssl-cert.nse", {"default", "discovery", "safe"}},
                                      {"ssh-brute.nse", {"brute", "intrusive"}},
                                      {"http-brute.nse", {"brute", "intrusive"}}};
  return all;
}

/// One letter for each entry that matches: banner, (http-)title, (ssl-)cert, ssh-brute, http-brute. Capital: by name.
std::string show(std::string_view text) {
  const Rule rule = Rule::parse(text);
  std::string shown;
  for (std::size_t i = 0; i < entries().size(); ++i) {
    const Match match = rule.match(entries()[i]);
    if (match.matched) shown += (match.by_name ? "BTCSH" : "btcsh")[i];
  }
  return shown;
}

TEST(Rule, CategoriesAndNamesMatch) {
  EXPECT_EQ(show("default"), "btc");
  EXPECT_EQ(show("DEFAULT"), "btc");
  EXPECT_EQ(show("banner"), "B");
  EXPECT_EQ(show("banner.nse"), "B");
  EXPECT_EQ(show("http-*"), "TH");
  EXPECT_EQ(show("all"), "btcsh");
  EXPECT_EQ(show("true"), "btcsh");
  EXPECT_EQ(show("false"), "");
  EXPECT_EQ(show("*"), "BTCSH");
  EXPECT_EQ(show("nosuch"), "");
}

TEST(Rule, PatternsAreCaseSensitiveAnchoredAndOnlyStarsAreSpecial) {
  EXPECT_EQ(show("BANNER"), "");
  EXPECT_EQ(show("anne"), "");
  EXPECT_EQ(show("b?nner"), "");
  EXPECT_EQ(show("b.nner"), "");
  EXPECT_EQ(show("banner*.nse"), "B");
  EXPECT_EQ(show("banner.ns*"), "");
  EXPECT_EQ(show("*.nse.nse"), "");
  EXPECT_EQ(show(".nse"), "");
  EXPECT_EQ(show("scripts/banner.nse"), "");
}

TEST(Rule, AndDoesNotBindTighterThanOr) {
  EXPECT_EQ(show("default and safe or brute"), "btc");
  EXPECT_EQ(show("brute or default and safe"), "btcsh");
  EXPECT_EQ(show("false and true or true"), "");
  EXPECT_EQ(show("true or false and false"), "btcsh");
  EXPECT_EQ(show("(false and true) or true"), "btcsh");
}

TEST(Rule, KeywordsIgnoreCaseAndNeedABoundary) {
  EXPECT_EQ(show("NOT Default"), "sh");
  EXPECT_EQ(show("not(default)"), "sh");
  EXPECT_EQ(show("not not default"), "btc");
  EXPECT_EQ(show("(brute)and(http-*)"), "H");
  EXPECT_EQ(show("brute AND(http-*)"), "H");
  EXPECT_EQ(show("default\tand\tbanner"), "B");
  EXPECT_EQ(show("andbanner"), "");
  EXPECT_EQ(show("truex"), "");
  EXPECT_EQ(show("((default))"), "btc");
}

TEST(Rule, KeywordsInPlaceOfOperandsAreNames) {
  EXPECT_EQ(show("not and"), "btcsh");
  EXPECT_EQ(show("all or not"), "btcsh");
  EXPECT_EQ(show("(not) or all"), "btcsh");
  EXPECT_TRUE(Rule::parse("or or or").match({"or.nse", {}}).by_name);
  EXPECT_TRUE(Rule::parse("not").match({"not.nse", {}}).by_name);
}

TEST(Rule, MatchingPatternAnywhereSetsByName) {
  EXPECT_EQ(show("banner or default"), "Btc");
  EXPECT_EQ(show("default or banner"), "Btc");
  EXPECT_EQ(show("true or banner"), "Btcsh");
  EXPECT_EQ(show("true or not banner"), "Btcsh");
  EXPECT_EQ(show("not banner"), "tcsh");
  EXPECT_EQ(show("banner and not-a-cat or true"), "B");
}

TEST(Rule, MalformedExpressionMatchesNothing) {
  for (const char* text : {"", "banner banner", "banner or", "default and", "(default", "default)", "()", "and and",
                           "not (", "banner and and and", "default && safe\x7f"})
    EXPECT_EQ(show(text), "") << text;
}

TEST(Rule, LeadingPlusForcesRule) {
  EXPECT_TRUE(Rule::parse("+banner").forced());
  EXPECT_FALSE(Rule::parse("banner").forced());
  EXPECT_EQ(Rule::parse(" + banner ").text(), "banner");
  EXPECT_EQ(show("+banner"), "B");
  EXPECT_EQ(Rule::parse("++banner").text(), "+banner");
  EXPECT_EQ(show("++banner"), "");
}

TEST(ParseRules, OptionsAreSplitAtCommasAndNoOptionMeansDefault) {
  const auto rules = parse_rules({" banner , ,default", "+brute,"});
  ASSERT_EQ(rules.size(), 3u);
  EXPECT_EQ(rules[0].text(), "banner");
  EXPECT_EQ(rules[1].text(), "default");
  EXPECT_EQ(rules[2].text(), "brute");
  EXPECT_TRUE(rules[2].forced());
  ASSERT_EQ(parse_rules({}).size(), 1u);
  EXPECT_EQ(parse_rules({})[0].text(), "default");
  EXPECT_TRUE(parse_rules({""}).empty());
  EXPECT_TRUE(parse_rules({",,"}).empty());
}

TEST(Rule, DeepNestingIsRefusedAndLongChainsAreNot) {
  std::string chain = "false";
  for (int i = 0; i < 100'000; ++i) chain += " or false";
  EXPECT_EQ(show(chain + " or default"), "btc");
  EXPECT_EQ(show(std::string(50, '(') + "all" + std::string(50, ')')), "btcsh");
  EXPECT_EQ(show(std::string(100'000, '(') + "all" + std::string(100'000, ')')), "");
  EXPECT_EQ(show(std::string(100'000, '(')), "");
}

TEST(Rule, LongRuleNeedsLinearTime) {
  std::string nots;
  for (int i = 0; i < 100'000; ++i) nots += "not ";
  EXPECT_EQ(show(nots + "all"), "");
}

TEST(Rule, RandomTextIsParsedAndMatched) {
  for (unsigned seed = 0; seed < 3000; ++seed) show(test::random_text(seed, "(()) not and or all ban*er safe+\t"));
}

TEST(ScriptId, ResultIsBaseNameWithoutExtension) {
  EXPECT_EQ(script_id("/usr/share/nmap/scripts/banner.nse"), "banner");
  EXPECT_EQ(script_id("banner"), "banner");
  EXPECT_EQ(script_id("a/b.nse.txt"), "b.nse");
  EXPECT_EQ(script_id("./x.lua"), "x");
  EXPECT_EQ(script_id("a.b/.nse"), ".nse");
}

}  // namespace
}  // namespace sluice::script
