// SPDX-License-Identifier: Apache-2.0
#include "model/services.hpp"

#include <gtest/gtest.h>

#include "base/text_file.hpp"
#include "model/data_files.hpp"
#include "support/random_text.hpp"

namespace sluice::model {
namespace {

using Ports = std::vector<std::uint16_t>;

constexpr const char* kTable =
    "# a comment\n"
    "ftp\t21/tcp\t0.197667\t# File Transfer\n"
    "http\t80/tcp\t0.5\n"
    "http\t80/udp\t0.1\n"
    "unknown\t4/tcp\t0.000477\n"
    "http-alt\t8080/tcp\t1/4\n"
    "second\t80/tcp\t0.9\n"
    "\n"
    "https 443/tcp 0.25\r\n"
    "bare 9/tcp\n"
    "bad\n"
    "bad 70000/tcp 0.1\n"
    "bad 5/xyz 0.1\n"
    "bad 6/tcp x\n"
    "bad 7/tcp 1/0\n"
    "last\t99/sctp\t0.000000";

TEST(ServiceTable, NameDependsOnProtocol) {
  const auto table = ServiceTable::parse(kTable);
  EXPECT_EQ(table.name(21, Protocol::Tcp), "ftp");
  EXPECT_EQ(table.name(80, Protocol::Udp), "http");
  EXPECT_EQ(table.name(443, Protocol::Tcp), "https");
  EXPECT_EQ(table.name(99, Protocol::Sctp), "last");
  EXPECT_EQ(table.name(21, Protocol::Udp), "");
}

TEST(ServiceTable, FirstLineOfPortDeterminesName) {
  EXPECT_EQ(ServiceTable::parse(kTable).name(80, Protocol::Tcp), "http");
}

TEST(ServiceTable, PortNamedUnknownIsKnownWithoutName) {
  const auto table = ServiceTable::parse(kTable);
  EXPECT_EQ(table.name(4, Protocol::Tcp), "");
  EXPECT_TRUE(table.known(4, Protocol::Tcp));
  EXPECT_FALSE(table.known(4, Protocol::Udp));
  EXPECT_EQ(table.ratio(4, Protocol::Tcp), 0.000477);
}

TEST(ServiceTable, UnreadableLinesAreCounted) {
  EXPECT_EQ(ServiceTable::parse(kTable).unread().lines, 5u);
  EXPECT_EQ(ServiceTable::parse(kTable).unread().first, 11u);
  EXPECT_EQ(ServiceTable::parse(kTable).ports(Protocol::Tcp), (Ports{4, 9, 21, 80, 443, 8080}));
}

TEST(ServiceTable, NamesStayValidAfterMove) {
  auto table = ServiceTable::parse(kTable);
  const std::string_view name = table.name(21, Protocol::Tcp);
  const ServiceTable moved = std::move(table);
  EXPECT_EQ(moved.name(21, Protocol::Tcp).data(), name.data());
}

TEST(ServiceTable, MostFrequentPrefersLowerPortAtEqualRatio) {
  const auto table = ServiceTable::parse(kTable);
  EXPECT_EQ(table.most_frequent({8080, 443, 80, 4}, Protocol::Tcp, 2), (Ports{80, 443}));
  EXPECT_EQ(table.most_frequent({8080, 443, 80, 1}, Protocol::Tcp, 9), (Ports{80, 443, 8080}));
  EXPECT_EQ(table.most_frequent({80}, Protocol::Tcp, 0), Ports{});
}

TEST(ServiceTable, MatchingIgnoresCase) {
  const auto table = ServiceTable::parse(kTable);
  EXPECT_EQ(table.matching("HTTP*", Protocol::Tcp), (Ports{80, 443, 8080}));
  EXPECT_EQ(table.matching("http", Protocol::Tcp), (Ports{80}));
  EXPECT_EQ(table.matching("?tp", Protocol::Tcp), (Ports{21}));
  EXPECT_EQ(table.matching("none", Protocol::Tcp), Ports{});
}

TEST(ServiceTable, RandomTextDoesNotCrashParse) {
  for (unsigned seed = 0; seed < 300; ++seed)
    ServiceTable::parse(test::random_text(seed, "ab#/ \t\n0123456789.tcpudp"));
}

TEST(ServiceTable, InstalledTableIsParsedWithoutUnreadLines) {
  const auto path = DataFiles(process_data_places(true)).find_file("nmap-services");
  if (!path) GTEST_SKIP() << "no nmap-services installed";
  const auto table = ServiceTable::parse(*read_text_file(*path));
  const auto all = table.ports(Protocol::Tcp);
  EXPECT_GT(all.size(), 1000u);
  EXPECT_EQ(table.name(22, Protocol::Tcp), "ssh");
  EXPECT_EQ(table.unread().lines, 0u);
  EXPECT_EQ(table.most_frequent(all, Protocol::Tcp, 10), (Ports{21, 22, 23, 25, 80, 110, 139, 443, 445, 3389}));
}

}  // namespace
}  // namespace sluice::model
