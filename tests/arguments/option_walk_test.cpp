// SPDX-License-Identifier: Apache-2.0
#include "arguments/option_walk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::arguments {
namespace {

constexpr Spelling kSpellings[] = {
    {"n", Takes::Nothing, true},
    {"F", Takes::Nothing, true},
    {"p", Takes::Value, true},
    {"d", Takes::OptionalValue, true},
    {"open", Takes::Nothing, true},
    {"oX", Takes::Value, true},
    {"host-timeout", Takes::Value, true},
    {"max-rate", Takes::Value, true},
    {"max-retries", Takes::Value, true},
    {"host-slots", Takes::Value, false},
    {"script", Takes::Value, true},
    {"script-args", Takes::Value, true},
    {"verbose", Takes::OptionalValue, true},
};

/// "spelled=value" for each option, then the operands; or the error.
std::string walk(std::vector<std::string> arguments) {
  std::string text;
  auto operands = walk_options(arguments, kSpellings, [&](const Found& found) -> Result<void> {
    text += found.spelled + "=" + found.value + " ";
    return {};
  });
  if (!operands) return "error " + operands.error().message;
  for (const std::string& operand : *operands) text += operand + " ";
  return text;
}

TEST(OptionWalk, OptionsAndOperandsMayHaveAnyOrder) {
  EXPECT_EQ(walk({"host", "-n", "other", "-p", "80"}), "-n= -p=80 host other ");
}

TEST(OptionWalk, ValuesAreAttachedOrFollow) {
  EXPECT_EQ(walk({"-p80"}), "-p=80 ");
  EXPECT_EQ(walk({"--host-timeout=5", "--host-timeout", "6"}), "--host-timeout=5 --host-timeout=6 ");
  EXPECT_EQ(walk({"--script="}), "--script= ");
}

TEST(OptionWalk, ValueMayLookLikeAnOption) { EXPECT_EQ(walk({"-p", "-n", "-oX", "-"}), "-p=-n -oX=- "); }

TEST(OptionWalk, LongOptionMayHaveOneDashOrTwo) {
  EXPECT_EQ(walk({"-open", "--open", "-oX", "f", "--oX", "f"}), "-open= --open= -oX=f --oX=f ");
}

TEST(OptionWalk, OptionalValueMustBeAttached) {
  EXPECT_EQ(walk({"-d", "3"}), "-d= 3 ");
  EXPECT_EQ(walk({"-d3", "-dd"}), "-d=3 -d=d ");
  EXPECT_EQ(walk({"--verbose", "3", "--verbose=4"}), "--verbose= --verbose=4 3 ");
}

TEST(OptionWalk, ShortOptionsMayBeClustered) { EXPECT_EQ(walk({"-nFp80"}), "-n= -F= -p=80 "); }

TEST(OptionWalk, AbbreviationIsResolvedToFullName) {
  EXPECT_EQ(walk({"--max-ret", "3", "-host=2"}), "--max-retries=3 -host-timeout=2 ");
}

TEST(OptionWalk, ExactNameTakesPrecedenceOverLongerNames) { EXPECT_EQ(walk({"--script", "x"}), "--script=x "); }

TEST(OptionWalk, NonAbbreviableOptionMakesNoAbbreviationAmbiguous) {
  EXPECT_EQ(walk({"--host", "5"}), "--host-timeout=5 ");
  EXPECT_EQ(walk({"--host-slots", "5"}), "--host-slots=5 ");
  EXPECT_EQ(walk({"--host-s", "5"}), "error --host-s: unknown option; sluice -h lists the options");
}

TEST(OptionWalk, AmbiguousAbbreviationErrorNamesCandidates) {
  EXPECT_EQ(walk({"--max-r", "5"}), "error --max-r: is ambiguous; it may mean --max-rate, --max-retries");
}

TEST(OptionWalk, SingleLetterIsShortOption) { EXPECT_EQ(walk({"-p", "1"}), "-p=1 "); }

TEST(OptionWalk, DoubleDashEndsOptions) { EXPECT_EQ(walk({"-n", "--", "-F", "--"}), "-n= -F -- "); }

TEST(OptionWalk, SingleDashIsOperand) { EXPECT_EQ(walk({"-", "-n", ""}), "-n= -  "); }

TEST(OptionWalk, MissingAndUnexpectedValuesAreErrors) {
  EXPECT_EQ(walk({"-p"}), "error -p: needs a value");
  EXPECT_EQ(walk({"--host-timeout"}), "error --host-timeout: needs a value");
  EXPECT_EQ(walk({"--open=1"}), "error --open: takes no value");
}

TEST(OptionWalk, MisspeltOptionErrorSuggestsClosestOption) {
  EXPECT_EQ(walk({"--scirpt", "x"}), "error --scirpt: unknown option; did you mean --script?");
  EXPECT_EQ(walk({"--hosttimeout=5"}), "error --hosttimeout: unknown option; did you mean --host-timeout?");
  EXPECT_EQ(walk({"--host-slot", "5"}), "error --host-slot: unknown option; did you mean --host-slots?");
  EXPECT_EQ(walk({"--" + std::string(5000, 'x')}).size(), walk({"--" + std::string(50000, 'x')}).size());
}

TEST(OptionWalk, TypographicDashErrorNamesIntendedOption) {
  for (const char* dash : {"\u2010", "\u2011", "\u2012", "\u2013", "\u2212", "\ufe63", "\uff0d", "\u00ad", "\x96"}) {
    const std::string two = std::string(dash) + dash;
    EXPECT_THAT(walk({two + "script", "x"}), testing::AllOf(testing::StartsWith("error " + two + "script: has "),
                                                            testing::EndsWith("; type --script again")));
    EXPECT_THAT(walk({std::string(dash) + "script=x"}), testing::EndsWith("; type --script again"));
    EXPECT_THAT(walk({"h", std::string(dash) + "p", "80"}), testing::EndsWith("; type -p again"));
    EXPECT_THAT(walk({std::string("--script") + dash + "args", "x"}), testing::EndsWith("; type --script-args again"));
  }
  for (const char* wide : {"\u2014", "\u2015", "\x97"})
    EXPECT_THAT(walk({std::string(wide) + "script", "x"}), testing::EndsWith("; type --script again"));
}

TEST(OptionWalk, SoftHyphenNextToDashIsNotCounted) {
  for (const char* argument : {"\u00ad-p", "-\u00adp", "\u00ad\u2013p", "\u00adp"})
    EXPECT_THAT(walk({argument, "80"}), testing::EndsWith("; type -p again")) << argument;
  for (const char* argument : {"\u00ad--script", "-\u00ad-script", "\u00ad\u00adscript"})
    EXPECT_THAT(walk({argument, "x"}), testing::EndsWith("; type --script again")) << argument;
}

TEST(OptionWalk, TypographicQuoteOrSpaceErrorNamesIntendedOption) {
  EXPECT_THAT(walk({"\u201c--script\u201d", "x"}), testing::EndsWith("; type --script again"));
  EXPECT_THAT(walk({"\u00a0-p", "80"}), testing::EndsWith("; type -p again"));
  EXPECT_THAT(walk({"\x93-p", "80"}), testing::EndsWith("; type -p again"));
  EXPECT_THAT(walk({"-p\u00a0", "80"}), testing::EndsWith("; type -p again"));
  EXPECT_EQ(walk({"--script", "\u201cx\u201d"}),
            "error --script: the value begins with a quotation mark (U+201C); type the value again");
}

TEST(OptionWalk, NonAsciiLettersAreAccepted) {
  EXPECT_EQ(walk({"--script=\u00fc\u2014", "b\u00fccher.example"}), "--script=\u00fc\u2014 b\u00fccher.example ");
}

TEST(OptionWalk, UnknownOptionsAreErrors) {
  EXPECT_EQ(walk({"--bogus"}), "error --bogus: unknown option; sluice -h lists the options");
  EXPECT_EQ(walk({"--bogus=1"}), "error --bogus: unknown option; sluice -h lists the options");
  EXPECT_EQ(walk({"-z"}), "error -z: unknown option; sluice -h lists the options");
  EXPECT_EQ(walk({"-nz"}), "error -z: unknown option; sluice -h lists the options");
  EXPECT_EQ(walk({"--n=5"}), "error --n: unknown option; sluice -h lists the options");
  EXPECT_EQ(walk({"--=5"}), "error --: unknown option; sluice -h lists the options");
  EXPECT_EQ(walk({"-=5"}), "error -: unknown option; sluice -h lists the options");
}

}  // namespace
}  // namespace sluice::arguments
