// SPDX-License-Identifier: Apache-2.0
#include "service/matcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::service {
namespace {

/// A matcher over a database that is given as text.
class Database {
 public:
  explicit Database(const std::string& text, const MatchLimits& limits = {})
      : file(std::move(*ProbeFile::parse(text, "db"))),
        matcher(
            file, [this](const std::string& line) { warnings.push_back(line); }, limits) {}

  const Probe& probe(std::string_view name, Protocol protocol = Protocol::Tcp) {
    for (const Probe& candidate : file.probes())
      if (candidate.name == name && candidate.protocol == protocol) return candidate;
    ADD_FAILURE() << "no probe " << name;
    return file.probes()[0];
  }
  std::optional<Hit> match(std::string_view name, std::string_view response, Protocol protocol = Protocol::Tcp) {
    return matcher.respond(probe(name, protocol)).match(response);
  }
  std::string product(std::string_view name, std::string_view response, Protocol protocol = Protocol::Tcp) {
    const auto hit = match(name, response, protocol);
    return hit ? hit->fields.product : "(none)";
  }

  std::vector<std::string> warnings;
  ProbeFile file;
  Matcher matcher;
};

TEST(Matcher, FirstLineInFileOrderWins) {
  Database db("Probe TCP NULL q||\nmatch a m|^abcd| p/first/\nmatch b m|^abcdef| p/second/\n");
  const auto hit = db.match("NULL", "abcdef");
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->service, "a");
  EXPECT_EQ(hit->line->number, 2u);
  EXPECT_EQ(hit->probe, &db.probe("NULL"));
  EXPECT_FALSE(db.match("NULL", "abc"));
}

TEST(Matcher, SoftLineHidesLaterHardLine) {
  Database db(
      "Probe TCP NULL q||\nsoftmatch a m|^SSH-| p/soft/\nmatch a m|^SSH-2| p/hard/\n"
      "match b m|^HTTP.*late| p/hard/\nsoftmatch b m|^HTTP| p/soft/\n");
  EXPECT_EQ(db.product("NULL", "SSH-2"), "soft");
  auto response = db.matcher.respond(db.probe("NULL"));
  EXPECT_TRUE(response.match("HTTP")->line->soft);
  EXPECT_FALSE(response.match("HTTP late")->line->soft);
}

TEST(Matcher, OwnLinesPrecedeFallbacksAndNull) {
  Database db(
      "Probe TCP NULL q||\nmatch s m|^[RN]| p/null/\nProbe TCP A q|a|\nfallback C,B\nmatch s m|^O| p/own/\n"
      "Probe TCP B q|b|\nfallback D\nmatch s m|^[RBO]| p/b/\nProbe TCP C q|c|\nsoftmatch s m|^R| p/c/\n"
      "Probe TCP D q|d|\nmatch s m|^D| p/d/\nProbe UDP U q|u|\nfallback B\nmatch s m|^U| p/u/\n");
  EXPECT_EQ(db.product("A", "O"), "own");
  EXPECT_EQ(db.product("A", "R"), "c");
  EXPECT_EQ(db.product("A", "B"), "b");
  EXPECT_EQ(db.product("A", "N"), "null");
  EXPECT_EQ(db.product("A", "D"), "(none)");
  EXPECT_EQ(db.product("U", "B", Protocol::Udp), "b");
  EXPECT_EQ(db.product("U", "N", Protocol::Udp), "(none)");
}

TEST(Matcher, FallbacksOfNullAreIgnored) {
  Database db("Probe TCP NULL q||\nfallback C\nmatch s m|^N|\nProbe TCP C q|c|\nmatch s m|^C|\n");
  EXPECT_FALSE(db.match("NULL", "C"));
}

TEST(Matcher, SslPrefixOfHardLineMeansTls) {
  Database db("Probe TCP NULL q||\nmatch ssl/http m|^A|\nmatch ssl m|^B|\nsoftmatch ssl/http m|^C|\n");
  EXPECT_EQ(db.match("NULL", "A")->service, "http");
  EXPECT_TRUE(db.match("NULL", "A")->tls);
  EXPECT_EQ(db.match("NULL", "B")->service, "ssl");
  EXPECT_FALSE(db.match("NULL", "B")->tls);
  EXPECT_EQ(db.match("NULL", "C")->service, "ssl/http");
  EXPECT_FALSE(db.match("NULL", "C")->tls);
}

TEST(Matcher, OnlyPatternsOfCandidatesAreCompiled) {
  std::string text = "Probe TCP NULL q||\n";
  for (int i = 100; i < 300; ++i) text += "match s m|^word" + std::to_string(i) + "|\n";
  Database db(text);
  EXPECT_EQ(db.match("NULL", "word250")->line->number, 152u);
  EXPECT_EQ(db.matcher.compiled_patterns(), 1u);
}

TEST(Matcher, DroppedFieldIsWarnedOfOnce) {
  Database db("Probe TCP NULL q||\nmatch s m|^(a)(b)?| p/$1/ v/$2/\n");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(db.product("NULL", "a"), "a");
  EXPECT_EQ(db.warnings, std::vector<std::string>{"db:2: the version is dropped: group 2 took no part in the match"});
}

TEST(Matcher, InvalidPatternIsSkippedWithOneWarning) {
  Database db("Probe TCP NULL q||\nmatch s m|^a(|\nmatch t m|^a|\n");
  EXPECT_EQ(db.match("NULL", "a")->service, "t");
  EXPECT_EQ(db.match("NULL", "a")->service, "t");
  EXPECT_EQ(db.warnings,
            std::vector<std::string>{"db:2: the pattern does not compile: at offset 3 of the pattern: missing "
                                     "closing parenthesis"});
}

TEST(Matcher, LineBeyondLimitsIsNoMatchAndIsNotRunAgain) {
  Database db("Probe TCP NULL q||\nmatch s m=^(?:a|a)*[xy]=\nmatch t m|^a|\n",
              {.steps = 1000, .depth = 1000, .heap_kib = 100});
  auto response = db.matcher.respond(db.probe("NULL"));
  EXPECT_EQ(response.match(std::string(40, 'a'))->service, "t");
  const auto runs = db.matcher.pattern_runs();
  EXPECT_EQ(response.match(std::string(41, 'a'))->service, "t");
  EXPECT_EQ(db.matcher.pattern_runs() - runs, 1u);
  EXPECT_EQ(db.warnings,
            std::vector<std::string>{"db:2: matching a response exceeds the limits; it counts as no match"});
}

TEST(Matcher, GrowingResponseIsMatchedAtEachOfTheFirstReads) {
  Database db("Probe TCP NULL q||\nmatch s m|^a.*END|\n");
  auto response = db.matcher.respond(db.probe("NULL"));
  std::string buffer = "a";
  for (unsigned i = 1; i < Matcher::Response::kMatchedReads; ++i) {
    EXPECT_FALSE(response.match(buffer));
    buffer += 'b';
  }
  EXPECT_TRUE(response.match(buffer + "END"));
}

/// Reads 20000 bytes one by one. The number of pattern runs must not grow with the number of reads.
TEST(Matcher, SingleByteReadsAreNotEachMatched) {
  Database db("Probe TCP NULL q||\nmatch s m|^a.*[XY]END|\n");
  auto response = db.matcher.respond(db.probe("NULL"));
  std::string buffer = "a  END";
  for (int i = 0; i < 20000; ++i) {
    EXPECT_FALSE(response.match(buffer));
    buffer += 'b';
  }
  buffer += "XEND";
  EXPECT_FALSE(response.match(buffer));
  EXPECT_TRUE(response.finish(buffer));
  EXPECT_FALSE(response.finish(buffer));
  EXPECT_LT(db.matcher.pattern_runs(), Matcher::Response::kMatchedReads + 60u);
}

TEST(CheckPatterns, ErrorNamesFirstInvalidLine) {
  EXPECT_TRUE(check_patterns(Database("Probe TCP NULL q||\nmatch s m|^a|\n").file));
  const auto checked = check_patterns(Database("Probe TCP NULL q||\nmatch s m|^a|\nmatch s m|b)|\n").file);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message,
            "db:3: the pattern does not compile: at offset 1 of the pattern: unmatched closing parenthesis");
}

}  // namespace
}  // namespace sluice::service
