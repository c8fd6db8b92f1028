#include "output/phrases.hpp"

#include <gtest/gtest.h>

#include "output/sample_report.hpp"

namespace sluice::output {
namespace {

TEST(CommandText, QuotesArgumentsWithWhiteSpaceAndEscapesQuotesAndBackslashes) {
  EXPECT_EQ(command_text({"sluice", "--script-args", "a=\"b c\\d\"", "", "x"}),
            "sluice --script-args \"a=\\\"b c\\\\d\\\"\" \"\" x");
}
TEST(TotalsText, CountsInTheSingularAndPlural) {
  EXPECT_EQ(totals_text({std::chrono::milliseconds(54), 1, 0, 1, 0, false, ""}),
            "1 IP address (1 host up) scanned in 0.05 seconds");
  EXPECT_EQ(totals_text({std::chrono::milliseconds(61234), 0, 2, 2, 0, false, ""}),
            "2 IP addresses (0 hosts up) scanned in 61.23 seconds");
}
TEST(AgainstText, LeavesOutWhatIsUnknown) {
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
TEST(Times, AreWrittenInTheirForms) {
  EXPECT_EQ(utc_text(at() + std::chrono::microseconds(1500)), "2026-11-24T04:00:00.001500Z");
  EXPECT_EQ(clock_text(std::chrono::milliseconds(3'665'900)), "1:01:05");
  EXPECT_EQ(unix_seconds(at(5)), 1795492805);
}
TEST(VersionText, JoinsWhatIsThere) {
  Service service;
  EXPECT_EQ(version_text(service), "");
  service.extrainfo = "x";
  EXPECT_EQ(version_text(service), "(x)");
  service.product = "Prod";
  service.version = "1.2";
  EXPECT_EQ(version_text(service), "Prod 1.2 (x)");
}

}  // namespace
}  // namespace sluice::output
