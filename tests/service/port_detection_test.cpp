// SPDX-License-Identifier: Apache-2.0
#include "service/port_detection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace sluice::service {
namespace {

using Kind = service::PortDetection::Outcome::Kind;

constexpr const char* kFile = R"(Probe TCP NULL q||
match ssh m|^SSH|
softmatch ftp m|^220|
Probe TCP Listed q|listed|
rarity 8
ports 80
match http m|^HTTP|
match ssl m|^TLS|
softmatch web m|^WEB|
Probe TCP Common q|common|
rarity 1
match web m|^web|
match ftp m|^ftp|
Probe TCP Rare q|rare|
rarity 9
match web m|^Rweb|
Probe TCP Tls q|tls|
rarity 1
sslports 80
match http m|^HTTP|
)";

class PortDetection : public ::testing::Test {
 protected:
  PortDetection() : file(std::move(*ProbeFile::parse(kFile, "db"))), matcher(file) {}
  service::PortDetection detection(unsigned connections = 1, int intensity = 7) {
    return {file, {Protocol::Tcp, 80, intensity, connections}};
  }
  const Probe& probe(std::string_view name) { return *std::ranges::find(file.probes(), name, &Probe::name); }
  /// The result of a probe that received `response`. If that is empty, the conclusion is `without`.
  ProbeResult result(const Probe& of, const std::string& response, Conclusion without = Conclusion::Silent) {
    ProbeResult result{&of, without, response};
    if (response.empty()) return result;
    result.hit = matcher.respond(of).match(response);
    result.conclusion = !result.hit              ? Conclusion::Unmatched
                        : result.hit->line->soft ? Conclusion::Soft
                                                 : Conclusion::Hard;
    return result;
  }
  bool add(service::PortDetection& to, std::string_view name, const std::string& response,
           Conclusion without = Conclusion::Silent) {
    return to.conclude(result(probe(name), response, without));
  }
  static std::vector<std::string_view> wanted(const service::PortDetection& of) {
    std::vector<std::string_view> names;
    for (const Probe* each : of.status().wanted) names.push_back(each->name);
    return names;
  }
  static std::string outcome(const service::PortDetection& of) {
    const auto& outcome = of.status().outcome;
    if (!outcome) return "none";
    const std::string by = outcome->probe ? " " + std::string(outcome->probe->name) : "";
    switch (outcome->kind) {
      case Kind::Matched:
        return "matched" + by;
      case Kind::SoftMatched:
        return "soft" + by;
      case Kind::Wrapped:
        return "wrapped";
      case Kind::Unknown:
        return "unknown";
    }
    return "?";
  }

  ProbeFile file;
  Matcher matcher;
};
using Names = std::vector<std::string_view>;

TEST_F(PortDetection, ProbesAreNullThenListedThenOthersWithinIntensity) {
  EXPECT_EQ(wanted(detection(9)), (Names{"NULL", "Listed", "Common", "Tls"}));
  EXPECT_EQ(wanted(detection(9, 9)), (Names{"NULL", "Listed", "Common", "Rare", "Tls"}));
  EXPECT_EQ(wanted(detection(9, 0)), (Names{"NULL", "Listed"}));
}

TEST_F(PortDetection, ResultBehindProbeInFlightIsNotCounted) {
  service::PortDetection port = detection(2);
  add(port, "Listed", "HTTP");
  EXPECT_EQ(outcome(port), "none");
  EXPECT_EQ(wanted(port), Names{"NULL"}) << "nothing behind a match is needed";
  add(port, "NULL", "");
  EXPECT_EQ(outcome(port), "matched Listed");
}

TEST_F(PortDetection, MatchOfEarlierProbeWinsOverFasterLaterProbe) {
  service::PortDetection port = detection(2);
  add(port, "Listed", "HTTP");
  add(port, "NULL", "SSH");
  EXPECT_EQ(outcome(port), "matched NULL");
}

TEST_F(PortDetection, SoftMatchLimitsProbesToServiceOfAnyRarity) {
  service::PortDetection port = detection(9);
  add(port, "NULL", "");
  add(port, "Listed", "WEB");
  EXPECT_EQ(wanted(port), (Names{"Common", "Rare"}));
  add(port, "Common", "");
  add(port, "Rare", "");
  EXPECT_EQ(outcome(port), "soft Listed");
}

TEST_F(PortDetection, SoftMatchAtIntensityNineSkipsNoProbe) {
  service::PortDetection port = detection(9, 9);
  add(port, "NULL", "");
  add(port, "Listed", "WEB");
  EXPECT_EQ(wanted(port), (Names{"Common", "Rare", "Tls"}));
}

TEST_F(PortDetection, HardMatchOfOtherServiceWinsOverSoftMatch) {
  service::PortDetection port = detection();
  add(port, "NULL", "");
  add(port, "Listed", "WEB");
  add(port, "Common", "ftp");
  EXPECT_EQ(outcome(port), "matched Common");
}

TEST_F(PortDetection, FirstSoftMatchWinsOverLaterSoftMatches) {
  service::PortDetection port = detection(1, 9);
  add(port, "NULL", "220");
  add(port, "Listed", "WEB");
  for (const char* name : {"Common", "Rare", "Tls"}) add(port, name, "");
  EXPECT_EQ(outcome(port), "soft NULL");
}

TEST_F(PortDetection, NullClosedEarlyIsWrapped) {
  service::PortDetection port = detection();
  add(port, "NULL", "", Conclusion::Wrapped);
  EXPECT_EQ(outcome(port), "wrapped");
}

TEST_F(PortDetection, PortIsWrappedOnlyIfAllProbesAreClosedWithoutData) {
  service::PortDetection port = detection(), other = detection();
  for (const char* name : {"NULL", "Listed", "Common", "Tls"}) {
    add(port, name, "", Conclusion::Closed);
    add(other, name, "", name == std::string_view("Common") ? Conclusion::Silent : Conclusion::Closed);
  }
  EXPECT_EQ(outcome(port), "wrapped");
  EXPECT_EQ(outcome(other), "unknown");
}

TEST_F(PortDetection, RefusedFirstConnectionIsWrapped) {
  service::PortDetection port = detection();
  add(port, "NULL", "", Conclusion::Refused);
  EXPECT_EQ(outcome(port), "wrapped");
}

TEST_F(PortDetection, AllProbesClosedWithinTlsGiveUnknown) {
  service::PortDetection port = detection();
  add(port, "NULL", "");
  add(port, "Listed", "TLS");
  for (const char* name : {"NULL", "Tls", "Common"}) add(port, name, "", Conclusion::Closed);
  EXPECT_EQ(outcome(port), "unknown");
}

TEST_F(PortDetection, RefusedConnectionAfterClosedProbeIsWrapped) {
  service::PortDetection port = detection();
  add(port, "NULL", "", Conclusion::Closed);
  add(port, "Listed", "", Conclusion::Refused);
  EXPECT_EQ(outcome(port), "wrapped");
}

TEST_F(PortDetection, RefusedConnectionAfterSilenceIsUnknown) {
  service::PortDetection port = detection();
  add(port, "NULL", "");
  add(port, "Listed", "", Conclusion::Refused);
  EXPECT_EQ(outcome(port), "unknown");
}

TEST_F(PortDetection, SslMatchRestartsWithTlsProbes) {
  service::PortDetection port = detection(9);
  add(port, "NULL", "");
  EXPECT_TRUE(add(port, "Listed", "TLS"));
  EXPECT_TRUE(port.tls());
  EXPECT_EQ(wanted(port), (Names{"NULL", "Tls", "Common"}));
  EXPECT_FALSE(add(port, "NULL", ""));
  EXPECT_FALSE(add(port, "Tls", "HTTP"));
  EXPECT_EQ(outcome(port), "matched Tls");
}

TEST_F(PortDetection, OutcomeWithoutNullAssumesSilentNull) {
  service::PortDetection port = detection(3);
  EXPECT_FALSE(port.outcome_without_null());
  add(port, "Common", "web");
  EXPECT_FALSE(port.outcome_without_null()) << "Listed is before it";
  add(port, "Listed", "");
  ASSERT_TRUE(port.outcome_without_null());
  EXPECT_EQ(port.outcome_without_null()->probe, &probe("Common"));
  EXPECT_EQ(outcome(port), "none");
}

TEST_F(PortDetection, ResponseOnOpenNullConnectionRepeatsNextProbe) {
  service::PortDetection port = detection(2);
  add(port, "Listed", "TLS");
  ProbeResult null = result(probe("NULL"), "?");
  null.still_open = true;
  EXPECT_FALSE(port.conclude(null)) << "the match of ssl was not behind the response";
  EXPECT_EQ(wanted(port), (Names{"Listed", "Common"}));
}

TEST_F(PortDetection, ProbeAloneLimitsWantedToOneProbe) {
  service::PortDetection port = detection(4);
  port.probe_alone();
  EXPECT_EQ(wanted(port), Names{"NULL"});
}

TEST_F(PortDetection, CountedResultsAreInProbeOrderUpToFirstGap) {
  service::PortDetection port = detection(4);
  add(port, "Common", "?");
  add(port, "NULL", "x");
  ASSERT_EQ(port.counted().size(), 1u);
  add(port, "Listed", "y");
  ASSERT_EQ(port.counted().size(), 3u);
  EXPECT_EQ(port.counted()[1]->response, "y");
}

/// The outcome must not depend on the order of the results or on the number of probes in flight.
TEST_F(PortDetection, OutcomeEqualsSequentialProbing) {
  std::mt19937 random(1);
  const std::vector<std::string> answers{"", "", "", "?", "SSH", "220", "HTTP", "TLS", "WEB", "web", "ftp", "Rweb"};
  const std::vector<Conclusion> ends{Conclusion::Silent, Conclusion::Silent, Conclusion::Closed, Conclusion::Refused};
  for (int round = 0; round < 10'000; ++round) {
    std::map<std::pair<bool, const Probe*>, ProbeResult> answered;
    const auto answer = [&](const service::PortDetection& of, const Probe& to) {
      const auto key = std::pair(of.tls(), &to);
      if (!answered.contains(key))
        answered[key] = result(to, answers[random() % answers.size()], ends[random() % ends.size()]);
      return answered[key];
    };
    const int intensity = static_cast<int>(random() % 10);
    service::PortDetection one = detection(1, intensity);
    while (!one.status().outcome) one.conclude(answer(one, *one.status().wanted.front()));
    service::PortDetection many = detection(1 + random() % 5, intensity);
    while (!many.status().outcome) {
      const auto& open = many.status().wanted;
      ASSERT_FALSE(open.empty());
      many.conclude(answer(many, *open[random() % open.size()]));
    }
    ASSERT_EQ(outcome(many), outcome(one)) << "round " << round;
    ASSERT_EQ(many.tls(), one.tls());
    ASSERT_EQ(many.counted().size(), one.counted().size());
  }
}

}  // namespace
}  // namespace sluice::service
