// SPDX-License-Identifier: Apache-2.0
#include "support/loopback.hpp"

namespace sluice::net {
namespace {

using core::Status;

struct LocalEnd : LoopbackTest, testing::WithParamInterface<Family> {
  [[nodiscard]] static Address loopback() { return *Address::parse(GetParam() == Family::Inet ? "127.0.0.1" : "::1"); }
  [[nodiscard]] static Address foreign() {
    return *Address::parse(GetParam() == Family::Inet ? "192.0.2.77" : "2001:db8::77");
  }
  /// Returns an end to which a UDP socket without SO_REUSEADDR is bound.
  Endpoint taken() {
    SocketAddress name({loopback(), 0});
    holder = ::socket(name.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (::bind(holder, name.get(), name.size()) != 0) return {};
    return local_end(holder).value_or(Endpoint{});
  }
  void TearDown() override {
    ::close(std::exchange(holder, -1));
    LoopbackTest::TearDown();
  }
  void SetUp() override {
    there = taken();
    if (there.port == 0) GTEST_SKIP() << "there is no such loopback here";
  }

  Endpoint there;
  int holder = -1;
};

TEST_P(LocalEnd, UnconnectedSocketGetsOtherEndIfBindFails) {
  for (const auto& [wanted, why] : {std::pair(there, EADDRINUSE), {Endpoint{foreign(), 0}, EADDRNOTAVAIL}}) {
    const auto opened = network->open_udp(GetParam(), wanted);
    ASSERT_TRUE(opened);
    EXPECT_EQ(network->info(*opened)->unbound, why);
    EXPECT_FALSE(network->info(*opened)->local);
    network->send_to(*opened, there, "x", inbox.next());
    EXPECT_EQ(reply().status, Status::Ok);
    EXPECT_NE(network->info(*opened)->local->port, there.port);
  }
}

TEST_P(LocalEnd, ConnectGetsOtherEndIfOptionalBindFails) {
  for (const auto& [wanted, why] : {std::pair(there, EADDRINUSE), {Endpoint{foreign(), 0}, EADDRNOTAVAIL}}) {
    ConnectRequest request{.transport = Transport::Udp, .remote = there, .local = wanted, .deadline = soon()};
    network->connect(request, inbox.next());
    EXPECT_EQ(reply().error, why);
    request.local_is_optional = true;
    const SocketId id = network->connect(request, inbox.next());
    EXPECT_EQ(reply().status, Status::Ok);
    EXPECT_EQ(network->info(id)->unbound, why);
    ASSERT_TRUE(network->info(id)->local);
    EXPECT_EQ(network->info(id)->local->address, loopback());
    EXPECT_NE(network->info(id)->local->port, there.port);
  }
}

TEST_P(LocalEnd, OptionalEndOfOtherFamilyIsIgnored) {
  const Endpoint other{*Address::parse(GetParam() == Family::Inet ? "::1" : "127.0.0.1"), 0};
  const SocketId id = network->connect(
      {.transport = Transport::Udp, .remote = there, .local = other, .local_is_optional = true, .deadline = soon()},
      inbox.next());
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_NE(network->info(id)->unbound, 0);
}

TEST_P(LocalEnd, OptionalEndIsUsedIfBindSucceeds) {
  const SocketId id = network->connect({.transport = Transport::Udp,
                                        .remote = there,
                                        .local = Endpoint{loopback(), 0},
                                        .local_is_optional = true,
                                        .deadline = soon()},
                                       inbox.next());
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_EQ(network->info(id)->unbound, 0);
}

INSTANTIATE_TEST_SUITE_P(Families, LocalEnd, testing::Values(Family::Inet, Family::Inet6),
                         [](const auto& each) { return std::string(each.param == Family::Inet ? "Inet" : "Inet6"); });

}  // namespace
}  // namespace sluice::net
