// SPDX-License-Identifier: Apache-2.0
#include "native/native_resolver.hpp"
#include "net/dns_servers.hpp"

#include <netdb.h>

#include "support/dns_server.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;
using core::Status;

struct Resolver : LoopbackTest {
  std::optional<DnsServer> server{std::in_place, *loop};
  std::optional<NativeResolver> resolver{std::in_place, *loop, deadlines, clock, std::vector{server->at()}};

  void TearDown() override {
    resolver.reset();
    server.reset();
    LoopbackTest::TearDown();
  }
  core::Reply resolve(const std::string& name, std::optional<Family> family = {}) {
    resolver->resolve(name, family, inbox.next());
    return reply();
  }
  core::Reply reverse(const char* address) {
    resolver->reverse(*Address::parse(address), inbox.next());
    return reply();
  }
};

TEST_F(Resolver, AddressesComeFromConfiguredServers) {
  server->address("www.example.com", *Address::parse("127.1.0.1"));
  server->address("www.example.com", *Address::parse("127.1.0.2"));
  auto addresses = resolve("www.example.com", Family::Inet).addresses;
  std::sort(addresses.begin(), addresses.end());
  EXPECT_EQ(addresses, (std::vector{*Address::parse("127.1.0.1"), *Address::parse("127.1.0.2")}));
  EXPECT_EQ(server->asked, std::vector<std::string>{"www.example.com"});
}

TEST_F(Resolver, FamilySelectsAddresses) {
  server->address("both.example.com", *Address::parse("127.1.0.1"));
  server->address("both.example.com", *Address::parse("::1"));
  EXPECT_EQ(resolve("both.example.com", Family::Inet).addresses, std::vector{*Address::parse("127.1.0.1")});
  EXPECT_EQ(resolve("both.example.com", Family::Inet6).addresses, std::vector{*Address::parse("::1")});
  EXPECT_EQ(resolve("both.example.com").addresses.size(), 2u);
}

TEST_F(Resolver, UnknownNameIsRefusedWithSystemMessage) {
  EXPECT_EQ(resolve("none.example.com").status, Status::Refused);
  EXPECT_EQ(reply().data, ::gai_strerror(EAI_NONAME));
  server->address("four.example.com", *Address::parse("127.1.0.1"));
  EXPECT_EQ(resolve("four.example.com", Family::Inet6).data, ::gai_strerror(EAI_NONAME));
  EXPECT_EQ(resolve("").data, ::gai_strerror(EAI_NONAME));
  EXPECT_EQ(resolve(std::string("a\0b", 3)).data, ::gai_strerror(EAI_NONAME));
}

TEST_F(Resolver, InternationalNamesAreQueriedInPunycode) {
  server->address("xn--bcher-kva.example.com", *Address::parse("127.1.0.1"));
  EXPECT_EQ(resolve("b\xc3\xbc"
                    "cher.example.com",
                    Family::Inet)
                .addresses,
            std::vector{*Address::parse("127.1.0.1")});
  EXPECT_EQ(resolve("B\xc3\x9c"
                    "CHER.example.com",
                    Family::Inet)
                .addresses.size(),
            1u);
  EXPECT_EQ(resolve("b\xfc"
                    "cher.example.com")
                .data,
            ::gai_strerror(EAI_NONAME));
  EXPECT_EQ(server->asked, (std::vector<std::string>(2, "xn--bcher-kva.example.com")));
  resolver->resolve_by_system(
      "b\xfc"
      "cher.invalid",
      {}, inbox.next());
  EXPECT_EQ(reply().data, ::gai_strerror(EAI_NONAME));
}

TEST_F(Resolver, ReverseGivesFirstOfSeveralNames) {
  server->pointer("7.0.1.127.in-addr.arpa", "one.example.com");
  server->pointer("7.0.1.127.in-addr.arpa", "two.example.com");
  EXPECT_EQ(reverse("127.1.0.7").data, "one.example.com");
}

TEST_F(Resolver, UnusualBytesOfReverseNameBecomeStars) {
  server->pointer("1.0.1.127.in-addr.arpa",
                  "b\xc3\xbc"
                  "cher x_y-z.EXAMPLE.com");
  EXPECT_EQ(reverse("127.1.0.1").data, "b**cher*x_y-z.EXAMPLE.com");
}

TEST_F(Resolver, NumericAddressIsNotQueried) {
  EXPECT_EQ(resolve("127.0.0.9").addresses, std::vector{*Address::parse("127.0.0.9")});
  EXPECT_EQ(resolve("127.0.0.9", Family::Inet6).data, ::gai_strerror(EAI_ADDRFAMILY));
  EXPECT_TRUE(server->asked.empty());
}

TEST_F(Resolver, ReverseGivesNamesOfBothFamilies) {
  server->pointer("4.3.2.127.in-addr.arpa", "four.example.com");
  std::string nibbles = "1.";
  for (int each = 0; each < 23; ++each) nibbles += "0.";
  server->pointer(nibbles + "8.b.d.0.1.0.0.2.ip6.arpa", "six.example.com");
  EXPECT_EQ(reverse("127.2.3.4").data, "four.example.com");
  EXPECT_EQ(reverse("2001:db8::1").data, "six.example.com");
}

TEST_F(Resolver, ReverseAnswersAndFailuresAreCached) {
  server->pointer("4.3.2.127.in-addr.arpa", "four.example.com");
  for (int each = 0; each < 3; ++each) {
    EXPECT_EQ(reverse("127.2.3.4").data, "four.example.com");
    EXPECT_EQ(reverse("127.2.3.5").status, Status::Error);
  }
  EXPECT_EQ(server->asked.size(), 2u);
}

TEST_F(Resolver, ConcurrentReverseRequestsShareOneQuery) {
  server->pointer("4.3.2.127.in-addr.arpa", "four.example.com");
  for (int each = 0; each < 5; ++each) resolver->reverse(*Address::parse("127.2.3.4"), inbox.next());
  EXPECT_EQ(reply().data, "four.example.com");
  EXPECT_EQ(inbox.replies.size(), 5u);
  EXPECT_EQ(server->asked.size(), 1u);
}

TEST_F(Resolver, ThreeThousandConcurrentReverseRequestsComplete) {
  for (std::uint32_t each = 0; each < 3000; ++each) resolver->reverse(Address::v4(0x7f050000 + each), inbox.next());
  EXPECT_TRUE(drive_until([&] { return inbox.replies.size() == 3000; }));
  EXPECT_EQ(server->asked.size(), 3000u) << "some were lost and asked again";
}

TEST_F(Resolver, QueryIsRetransmittedToSilentServer) {
  server->silent = true;
  server->pointer("4.3.2.127.in-addr.arpa", "four.example.com");
  resolver->reverse(*Address::parse("127.2.3.4"), inbox.next());
  EXPECT_TRUE(drive_until([&] { return server->asked.size() == 1; }));
  server->silent = false;
  EXPECT_EQ(reply().data, "four.example.com");
  EXPECT_EQ(server->asked.size(), 2u);
}

TEST_F(Resolver, DestructorDropsCompletions) {
  server->silent = true;
  resolver->reverse(*Address::parse("127.2.3.4"), inbox.next());
  resolver->resolve("www.example.com", {}, inbox.next());
  EXPECT_TRUE(drive_until([&] { return server->asked.size() >= 2; }));
  resolver.reset();
  loop->poll();
  EXPECT_TRUE(inbox.replies.empty());
}

TEST_F(Resolver, SystemResolverIsUsedWithoutServers) {
  resolver.reset();
  resolver.emplace(*loop, deadlines, clock, std::vector<Endpoint>{});
  EXPECT_EQ(resolve("localhost", Family::Inet).addresses, std::vector{*Address::parse("127.0.0.1")});
  for (int each = 0; each < 20; ++each) resolver->resolve("localhost", Family::Inet, inbox.next());
  EXPECT_TRUE(drive_until([&] { return inbox.replies.size() == 21; }));
  resolver->resolve("localhost", Family::Inet, inbox.next());
  resolver.reset();
  EXPECT_TRUE(server->asked.empty());
}

// As in Nmap, the look-ups of scripts use the system. --dns-servers applies to the look-ups of the scan only.
TEST_F(Resolver, ResolveBySystemIgnoresServers) {
  resolver->resolve_by_system("localhost", Family::Inet, inbox.next());
  EXPECT_EQ(reply().addresses, std::vector{*Address::parse("127.0.0.1")});
  EXPECT_TRUE(server->asked.empty());
}

TEST(DnsServers, ParseAcceptsAddressesWithOptionalPort) {
  const auto servers = parse_dns_servers({"192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:53", "[::1]"});
  ASSERT_TRUE(servers);
  const Address four = *Address::parse("192.0.2.1"), six = *Address::parse("2001:db8::1");
  EXPECT_EQ(*servers,
            (std::vector<Endpoint>{{four, 0}, {four, 5353}, {six, 0}, {six, 53}, {*Address::parse("::1"), 0}}));
  for (const char* bad : {"", "ns.example.com", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:70000", "192.0.2.1:53x", "[::1",
                          "[::1]53", "[192.0.2.1]:53"}) {
    const auto refused = parse_dns_servers({"192.0.2.1", bad});
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().message, "'" + std::string(bad) + "' is not the address of a DNS server");
  }
}

}  // namespace
}  // namespace sluice::net
