// SPDX-License-Identifier: Apache-2.0
#include "output/phrases.hpp"

#include <gtest/gtest.h>

#include "output/sample_report.hpp"

namespace sluice::output {
namespace {

TEST(CommandText, ArgumentsWithWhiteSpaceAreQuotedAndEscaped) {
  EXPECT_EQ(command_text({"sluice", "--script-args", "a=\"b c\\d\"", "", "x"}),
            "sluice --script-args \"a=\\\"b c\\\\d\\\"\" \"\" x");
}
TEST(TotalsText, CountsUseSingularAndPlural) {
  EXPECT_EQ(totals_text({std::chrono::milliseconds(54), 1, 0, 1, 0, false, ""}),
            "1 IP address (1 host up) scanned in 0.05 seconds");
  EXPECT_EQ(totals_text({std::chrono::milliseconds(61234), 0, 2, 2, 0, false, ""}),
            "2 IP addresses (0 hosts up) scanned in 61.23 seconds");
}
TEST(AgainstText, UnknownPartsAreOmitted) {
  ScriptPlace place;
  EXPECT_EQ(against_text(place), "");
  place.address = Address::v4(0x7F000001);
  EXPECT_EQ(against_text(place), " against 127.0.0.1");
  place.port = 80;
  EXPECT_EQ(against_text(place), " against 127.0.0.1:80");
  place.target_name = "www";
  EXPECT_EQ(against_text(place), " against www (127.0.0.1:80)");
  place.address = Address::parse("::1");
  EXPECT_EQ(against_text(place), " against www ([::1]:80)");
}
TEST(TimeText, TimesHaveUtcClockAndUnixFormat) {
  EXPECT_EQ(utc_text(at() + std::chrono::microseconds(1500)), "2026-11-24T04:00:00.001500Z");
  EXPECT_EQ(clock_text(std::chrono::milliseconds(3'665'900)), "1:01:05");
  EXPECT_EQ(unix_seconds(at(5)), 1795492805);
}
TEST(VersionText, KnownPartsAreJoined) {
  Service service;
  EXPECT_EQ(version_text(service), "");
  service.extrainfo = "x";
  EXPECT_EQ(version_text(service), "(x)");
  service.product = "Prod";
  service.version = "1.2";
  EXPECT_EQ(version_text(service), "Prod 1.2 (x)");
}

TEST(WrapFingerprint, LinesHaveAtMost74Characters) {
  EXPECT_EQ(wrap_fingerprint(std::string(74, 'x')), std::string(74, 'x'));
  EXPECT_EQ(wrap_fingerprint(std::string(75, 'x')), std::string(74, 'x') + "\nSF:x");
  EXPECT_EQ(wrap_fingerprint(std::string(74 + 71 + 2, 'x')),
            std::string(74, 'x') + "\nSF:" + std::string(71, 'x') + "\nSF:xx");
}
TEST(ServiceText, AssumedServiceOfOpenPortHasQuestionMark) {
  Service service;
  service.tls = true;
  service.confidence = 5;
  const auto text = [&](PortState state, const char* table, bool detection = true) {
    return service_text(with_service(port(1, state, Reason::None, table), service), detection);
  };
  EXPECT_EQ(text(PortState::Open, "https"), "ssl/https?");
  EXPECT_EQ(text(PortState::Open, "https", false), "ssl/https");
  EXPECT_EQ(text(PortState::OpenFiltered, "https"), "ssl/https");
  EXPECT_EQ(text(PortState::Open, ""), "ssl/unknown");
  EXPECT_EQ(text(PortState::Open, "unknown"), "ssl/unknown");
  service.confidence = 6;
  EXPECT_EQ(text(PortState::Open, "https"), "ssl/https");
  EXPECT_EQ(service_text(open_port(80, "http"), true), "http?");
  EXPECT_EQ(service_text(open_port(80), true), "");
}
TEST(ServiceText, ServiceWithFingerprintOnlyIsUnknown) {
  Service service;
  EXPECT_EQ(service_text(with_service(open_port(1), service), true), "");
  service.fingerprint = "SF-Port1";
  EXPECT_EQ(service_text(with_service(open_port(1), service), true), "unknown");
}

}  // namespace
}  // namespace sluice::output
