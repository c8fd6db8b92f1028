// SPDX-License-Identifier: Apache-2.0
#include "service/literals.hpp"

#include <gtest/gtest.h>

#include "service/pattern.hpp"
#include "support/pattern_sampler.hpp"
#include "support/random_text.hpp"

namespace sluice::service {
namespace {

using Strings = std::vector<std::string>;

Strings literals(std::string_view pattern) { return required_literals(pattern, false); }

TEST(RequiredLiterals, ConsecutiveBytesFormOneLiteral) {
  EXPECT_EQ(literals("^SSH-2"), Strings{"SSH-2"});
  EXPECT_EQ(literals("\\r\\n\\t\\.\\x41\\x4\\0\\012\\07x\\|"), (Strings{std::string("\r\n\t.A\4\0\n\7x|", 11)}));
  EXPECT_EQ(literals("ab.cd[xyz]ef\\dgh"), (Strings{"ab", "cd", "ef", "gh"}));
}

TEST(RequiredLiterals, OptionalBytesAreLeftOut) {
  EXPECT_EQ(literals("abc?de"), (Strings{"ab", "de"}));
  EXPECT_EQ(literals("abc*de"), (Strings{"ab", "de"}));
  EXPECT_EQ(literals("abc{0}de"), (Strings{"ab", "de"}));
  EXPECT_EQ(literals("abc{0,3}de"), (Strings{"ab", "de"}));
  EXPECT_EQ(literals("abc+de"), (Strings{"abc", "de"}));
  EXPECT_EQ(literals("abc{2,}+de"), (Strings{"abc", "de"}));
  EXPECT_EQ(literals("abc+?de"), (Strings{"abc", "de"}));
}

TEST(RequiredLiterals, GroupsContributeUnlessOptionalOrAlternative) {
  EXPECT_EQ(literals("a(bc)d"), (Strings{"a", "bc", "d"}));
  EXPECT_EQ(literals("a(?:bc)+d"), (Strings{"a", "bc", "d"}));
  EXPECT_EQ(literals("a(?:bc)?d"), (Strings{"a", "d"}));
  EXPECT_EQ(literals("a(bc|bd)d"), (Strings{"a", "d"}));
  EXPECT_EQ(literals("a(x(bc)y|)d"), (Strings{"a", "d"}));
  EXPECT_EQ(literals("a(?>(bc))*d"), (Strings{"a", "d"}));
  EXPECT_EQ(literals("ab|cd"), Strings{});
}

TEST(RequiredLiterals, LookAroundIsLeftOut) {
  EXPECT_EQ(literals("a(?=bc)d(?!ef)g(?<=hi)j(?<!kl)m"), (Strings{"a", "d", "g", "j", "m"}));
}

TEST(RequiredLiterals, BracketsInsideClassesAreMembers) {
  EXPECT_EQ(literals("a[]b]c[^]d]e[\\]f]g[[h]i"), (Strings{"a", "c", "e", "g", "i"}));
}

TEST(RequiredLiterals, BackReferencesIncludeAllDigits) {
  EXPECT_EQ(literals("(a)\\1b\\12cd"), (Strings{"a", "b", "cd"}));
}

TEST(RequiredLiterals, BracesWithoutQuantifierAreLiteral) { EXPECT_EQ(literals("a{\"b\"}"), Strings{"a{\"b\"}"}); }

TEST(RequiredLiterals, UnsupportedSyntaxGivesNoLiterals) {
  for (const char* pattern :
       {"(?i)abc",        "(?i:abc)",     "(?#abc)abc", "\\Qabc\\E",  "abc\\E",    "(?<n>abc)",
        "(?P<n>abc)",     "(?R)abc",      "(?1)abc",    "(?|abc)",    "(*UTF)abc", "abc(*ACCEPT)d",
        "(?(1)abc)",      "\\x{41}bc",    "\\cAbc",     "\\o{101}bc", "\\pLbc",    "\\Nbc",
        "\\Kabc",         "\\g1bc",       "\\k<n>bc",   "a{,3}bcd",   "a{ 3}bcd",  "a{2}{0}bcd",
        "[[:alpha:]]bcd", "[\\Q]\\E]bcd", "abc)",       "(abc",       "[abc",      "abc\\",
        "abc\\x",         "*abc"})
    EXPECT_EQ(literals(pattern), Strings{}) << pattern;
  EXPECT_EQ(required_literals("abc", true), Strings{});
}

/// Uses random patterns, texts sampled from them and random texts. Each text that PCRE2 matches must contain the
/// literals.
TEST(RequiredLiterals, EveryMatchContainsLiterals) {
  MatchContext context({.steps = 10000, .depth = 1000, .heap_kib = 1000});
  Captures captures;
  unsigned matches = 0, useful = 0;
  for (unsigned seed = 0; seed < 30000; ++seed) {
    std::string text = test::random_text(seed, "abcab.*+?|()[]{}1,^$\\dxQE:!=<");
    text.resize(std::min<std::size_t>(text.size(), 4 + seed % 20));
    auto pattern = Pattern::compile(text, false, true);
    if (!pattern) continue;
    const auto found = required_literals(text, false);
    test::PatternSampler sampler(seed);
    for (unsigned i = 0; i < 6; ++i) {
      std::string subject = i < 4 ? sampler.sample(text) : test::random_text(seed + i, "abc1{}");
      if (pattern->match(subject, context, captures) != MatchOutcome::Match) continue;
      ++matches;
      useful += found.empty() ? 0 : 1;
      for (const std::string& literal : found)
        EXPECT_NE(subject.find(literal), std::string::npos)
            << "/" << text << "/ on '" << subject << "' lacks " << literal;
    }
  }
  EXPECT_GT(matches, 1000u);
  EXPECT_GT(useful, 500u);
}

}  // namespace
}  // namespace sluice::service
