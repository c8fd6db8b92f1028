// SPDX-License-Identifier: Apache-2.0
#include "service/pattern.hpp"

#include <gtest/gtest.h>

namespace sluice::service {
namespace {

service::Pattern compiled(std::string_view text, bool ignore_case = false, bool dot_all = false) {
  auto pattern = service::Pattern::compile(text, ignore_case, dot_all);
  EXPECT_TRUE(pattern) << pattern.error().message;
  return std::move(*pattern);
}

struct Pattern : testing::Test {
  MatchContext context;
  Captures captures;
  MatchOutcome match(std::string_view pattern, std::string_view subject, bool ignore_case = false,
                     bool dot_all = false) {
    return compiled(pattern, ignore_case, dot_all).match(subject, context, captures);
  }
};

TEST_F(Pattern, CapturesAreViewsIntoTheSubject) {
  const std::string_view subject = "xxSSH-2.0-y";
  ASSERT_EQ(match("SSH-([\\d.]+)(-z)?", subject), MatchOutcome::Match);
  EXPECT_EQ(captures[0], "SSH-2.0");
  EXPECT_EQ(captures[1]->data(), subject.data() + 6);
  EXPECT_EQ(captures[1], "2.0");
  EXPECT_FALSE(captures[2]);
  EXPECT_FALSE(captures[9]);
}

TEST_F(Pattern, GroupsBeyondTheNinthAreIgnored) {
  ASSERT_EQ(match("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)", "abcdefghijk"), MatchOutcome::Match);
  EXPECT_EQ(captures[9], "i");
}

TEST_F(Pattern, SubjectsAreBytes) {
  EXPECT_EQ(match("^\\xe9.\\xff$", "\xe9\x80\xff"), MatchOutcome::Match);
  EXPECT_EQ(match("^\xe9", "\xe9"), MatchOutcome::Match);
  EXPECT_EQ(match("^a\\0b", std::string_view("a\0b", 3)), MatchOutcome::Match);
  EXPECT_EQ(match("^\\101", "A"), MatchOutcome::Match);
  EXPECT_FALSE(service::Pattern::compile("(*UTF)a", false, false));
}

TEST_F(Pattern, FlagsControlCaseAndDot) {
  EXPECT_EQ(match("abc", "xABC"), MatchOutcome::NoMatch);
  EXPECT_EQ(match("abc", "xABC", true), MatchOutcome::Match);
  EXPECT_EQ(match("a.b", "a\nb"), MatchOutcome::NoMatch);
  EXPECT_EQ(match("a.b", "a\nb", false, true), MatchOutcome::Match);
  EXPECT_EQ(match("a$", "a\n"), MatchOutcome::Match);
  EXPECT_EQ(match("^b", "a\nb"), MatchOutcome::NoMatch);
}

TEST_F(Pattern, ErrorsNameTheOffset) {
  const auto pattern = service::Pattern::compile("a(", false, false);
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error().message, "at offset 2 of the pattern: missing closing parenthesis");
}

TEST_F(Pattern, EndlessBacktrackingExceedsTheLimit) {
  const std::string subject(30000, 'a');
  EXPECT_EQ(match("^(?:a+)+b|^.*.*.*x.*y", subject), MatchOutcome::LimitExceeded);
  service::Pattern fresh = compiled("(?:a|b)*[cd]");
  const std::string letters(3000, 'a');  // below kSubjectForJit: interpreted
  MatchContext small({.steps = 1000, .depth = 100, .heap_kib = 64});
  EXPECT_EQ(fresh.match(letters, small, captures), MatchOutcome::LimitExceeded);
  EXPECT_EQ(match("^a+$", subject), MatchOutcome::Match);
}

TEST_F(Pattern, MachineCodeIsMadeAfterThirtyTwoUsesOrForLongSubject) {
  service::Pattern often = compiled("^a(b)");
  for (unsigned i = 0; i < service::Pattern::kUsesBeforeJit; ++i) {
    EXPECT_EQ(often.match("ab", context, captures), MatchOutcome::Match);
    EXPECT_FALSE(often.has_machine_code());
  }
  EXPECT_EQ(often.match("ab", context, captures), MatchOutcome::Match);
  EXPECT_TRUE(often.has_machine_code());
  EXPECT_EQ(captures[1], "b");

  service::Pattern once = compiled("^a(b)");
  EXPECT_EQ(once.match(std::string(service::Pattern::kSubjectForJit + 1, 'a'), context, captures),
            MatchOutcome::NoMatch);
  EXPECT_TRUE(once.has_machine_code());
}

}  // namespace
}  // namespace sluice::service
