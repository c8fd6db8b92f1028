// SPDX-License-Identifier: Apache-2.0
#include "service/detector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_network.hpp"
#include "support/manual_clock.hpp"

namespace sluice::service {
namespace {

using namespace std::chrono_literals;
using Kind = PortDetection::Outcome::Kind;

constexpr const char* kFile = R"(Probe TCP NULL q||
totalwaitms 6000
tcpwrappedms 3000
match ssh m|^SSH-([\d.]+)| v/$1/
match ftp m|^220 ftp|
match smtp m|^220 smtp|
Probe TCP First q|first|
rarity 1
ports 80,443
match http m|^HTTP first|
match ftp m|^FTP|
match ssl m|^TLS|
softmatch web m|^WEB| v/9/
Probe TCP Second q|second|
rarity 1
match http m|^HTTP second|
match web m|^WEB 2|
Probe TCP Third q|third|
rarity 1
sslports 443
match http m|^HTTP third|
Probe UDP Ask q|ask|
rarity 1
ports 53
match domain m|^dns|
Probe UDP Other q|other|
rarity 1
match other m|^other|
)";

class Detector : public ::testing::Test, protected DetectionObserver {
 protected:
  explicit Detector(core::SlotPool::Limits limits = {20, 20})
      : file(std::move(*ProbeFile::parse(kFile, "db"))), matcher(file), slots(limits) {}
  void TearDown() override {
    EXPECT_EQ(slots.held(), 0u);
    EXPECT_EQ(slots.waiting(), 0u);
    EXPECT_EQ(deadlines.size(), 0u) << "timers are left";
  }
  net::FakeServer& server(std::uint16_t port) { return network.tcp("192.0.2.1", port); }
  void make() {
    if (!detector)
      detector.emplace(file, matcher, options,
                       service::Detector::Parts{network, slots, deadlines, clock, rate,
                                                [this](const std::string& text) { traced.push_back(text); }});
  }
  HostId start(std::vector<HostToDetect::Port> ports) {
    make();
    HostToDetect host;
    host.address = *Address::parse("192.0.2.1");
    host.server_name = "name";
    host.line = &line;
    host.srtt = srtt;
    host.ports = std::move(ports);
    results.resize(host.ports.size());
    ends.resize(host.ports.size());
    began = clock.now();
    return detector->start(std::move(host), *this);
  }
  void run() {
    for (int turns = 0; turns < 100'000 && !done; ++turns) {
      if (detector->ready()) {
        detector->run_turn();
        deadlines.expire(clock.now());
        continue;
      }
      const auto next = deadlines.next();
      if (!next || *next == kNever) return;
      if (*next > clock.now()) clock.advance(*next - clock.now());
      deadlines.expire(clock.now());
    }
    EXPECT_EQ(network.open_sockets(), 0u);
  }
  /// Detects the service of one port. Returns "KIND SERVICE VERSION" and sets `took` to the duration.
  std::string detect(std::uint16_t port, Protocol protocol = Protocol::Tcp) {
    done = false;
    start({{port, protocol}});
    run();
    took = clock.now() - began;
    return done ? text(results[0]) : "not done";
  }
  static std::string text(const Detected& result) {
    const char* const kKinds[] = {"hard", "soft", "wrapped", "unknown"};
    std::string text = kKinds[static_cast<int>(result.kind)];
    if (result.tls) text += " tls";
    if (result.hit) text += " " + result.hit->service;
    if (result.hit && !result.hit->fields.version.empty()) text += " " + result.hit->fields.version;
    return text;
  }

  void on_detected(HostId, std::size_t port, Detected detected) override {
    results[port] = std::move(detected);
    ends[port] = clock.now();
  }
  void on_host_detected(HostId) override { done = true; }

  ManualClock clock;
  core::Deadlines deadlines;
  ProbeFile file;
  Matcher matcher;
  core::SlotPool slots;
  core::HostSlotQueue line;
  net::FakeNetwork network{deadlines, clock};
  DetectorOptions options;
  core::RateLimiter* rate = nullptr;
  std::optional<Duration> srtt = 1ms;
  std::vector<std::string> traced;
  std::optional<service::Detector> detector;
  std::vector<Detected> results;
  std::vector<TimePoint> ends;
  TimePoint began;
  Duration took{};
  bool done = false;
};

TEST_F(Detector, GreetingIsMatchedAtOnceOnOneConnection) {
  server(22).banner("SSH-2.0");
  EXPECT_EQ(detect(22), "hard ssh 2.0");
  EXPECT_EQ(took, 0ms);
  EXPECT_EQ(server(22).attempts(), 1u);
}

TEST_F(Detector, TraceNamesProbesAndMatchedLine) {
  server(80).react([](std::string_view) { return "HTTP first"; });
  detect(80);
  EXPECT_EQ(traced, (std::vector<std::string>{
                        "Service scan sending probe NULL to 192.0.2.1:80 (tcp)",
                        "Service scan sending probe First to 192.0.2.1:80 (tcp)",
                        "Service scan hard match (Probe First matched with First line 10): 192.0.2.1:80 is http"}));
}

TEST_F(Detector, GreetingWithinFiftyMillisecondsNeedsOneConnection) {
  server(22).after(49ms).banner("SSH-2.0");
  EXPECT_EQ(detect(22), "hard ssh 2.0");
  EXPECT_EQ(server(22).attempts(), 1u);
}

TEST_F(Detector, ClientFirstServiceShortensNullWait) {
  server(80).react([](std::string_view sent) { return net::FakeServer::Reaction("HTTP " + std::string(sent)); });
  EXPECT_EQ(detect(80), "hard http");
  EXPECT_EQ(took, 250ms);
  EXPECT_EQ(server(80).received(), "first");
  EXPECT_EQ(results[0].connections, 2u);
}

TEST_F(Detector, ServerFirstServiceDoesNotShortenNullWait) {
  server(80).react([](std::string_view) { return "FTP"; });
  EXPECT_EQ(detect(80), "hard ftp");
  EXPECT_EQ(took, 6s);
}

TEST_F(Detector, NullWaitIsAtLeastTenRoundTrips) {
  srtt = 40ms;
  server(80).rtt(40ms).react([](std::string_view) { return "HTTP first"; });
  EXPECT_EQ(detect(80), "hard http");
  EXPECT_EQ(took, 40ms + 400ms) << "connect, then ten round trips";
}

TEST_F(Detector, GreetingWinsOverEarlierProbeMatch) {
  server(80).after(200ms).banner("220 smtp").react([](std::string_view) { return "HTTP first"; });
  EXPECT_EQ(detect(80), "hard smtp");
}

TEST_F(Detector, ExactModeWaitsForNullAndReusesConnection) {
  options.exact = true;
  server(80).react([](std::string_view) { return "HTTP first"; });
  EXPECT_EQ(detect(80), "hard http");
  EXPECT_EQ(took, 6s);
  EXPECT_EQ(server(80).attempts(), 1u);
}

TEST_F(Detector, ProbeIsRepeatedOnNullConnectionAfterResponse) {
  server(80).after(100ms).banner("hello").react([](std::string_view) { return "HTTP first"; });
  EXPECT_EQ(detect(80), "unknown");
  EXPECT_THAT(server(80).received(), ::testing::StartsWith("firstfirst"));
  EXPECT_EQ(results[0].responses.at(1).bytes, "helloHTTP first");
}

TEST_F(Detector, PatienceLimitsNullWait) {
  options.patience = 0ms;
  options.connections = 1;
  server(80).react([](std::string_view) { return "HTTP first"; });
  EXPECT_EQ(detect(80), "hard http");
  EXPECT_EQ(took, 0ms);
  EXPECT_EQ(server(80).attempts(), 1u);
}

TEST_F(Detector, ConnectionClosedAtOnceIsWrapped) {
  server(80).close();
  EXPECT_EQ(detect(80), "wrapped");
}

TEST_F(Detector, SilentPortWaitsForProbesInParallel) {
  server(80).accept();
  server(81).accept();
  EXPECT_EQ(detect(80), "unknown");
  EXPECT_EQ(took, 6s + 250ms + 5s) << "NULL beside the first probe, then the other two";
  EXPECT_EQ(network.peak_open_sockets(), 2u);
  options.connections = 8;
  detector.reset();
  EXPECT_EQ(detect(81), "unknown");
  EXPECT_EQ(took, 6s + 3 * 250ms) << "each of the three is the oldest one in its turn";
}

TEST_F(Detector, SoftMatchIsReportedWithoutHardMatch) {
  server(80).react([](std::string_view sent) { return net::FakeServer::Reaction(sent == "first" ? "WEB" : "?"); });
  EXPECT_EQ(detect(80), "soft web 9");
  ASSERT_EQ(results[0].responses.size(), 2u);
  EXPECT_EQ(results[0].responses[0].probe, "First");
  EXPECT_EQ(results[0].responses[0].bytes, "WEB");
  EXPECT_EQ(server(80).received().find("third"), std::string::npos);
}

TEST_F(Detector, SoftMatchFieldsFillGapsOfHardMatch) {
  server(80).react([](std::string_view sent) {
    return net::FakeServer::Reaction(sent == "first" ? "WEB" : sent == "second" ? "WEB 2" : "?");
  });
  EXPECT_EQ(detect(80), "hard web 9");
}

TEST_F(Detector, SslMatchRestartsDetectionWithinTls) {
  server(443).tls().react([](std::string_view sent) {
    return net::FakeServer::Reaction(sent == "first" ? "TLS" : sent == "third" ? "HTTP third" : "?");
  });
  EXPECT_EQ(detect(443), "hard tls http");
  EXPECT_THAT(server(443).server_names(), ::testing::Contains("name"));
}

TEST_F(Detector, TlsWithoutInnerMatchIsReportedAsTls) {
  server(443).tls().react([](std::string_view sent) -> std::optional<net::FakeServer::Reaction> {
    if (sent == "first") return "TLS";
    return std::nullopt;
  });
  // Within TLS the first probe receives "TLS" again, and no second handshake follows.
  EXPECT_EQ(detect(443), "hard tls ssl");
}

TEST_F(Detector, ClosedSecondConnectionIsIgnored) {
  server(80).alone().react([](std::string_view) { return "HTTP first"; });
  EXPECT_EQ(detect(80), "hard http");
  EXPECT_EQ(took, 6s) << "one after the other";
}

TEST_F(Detector, ResetSecondConnectionIsIgnored) {
  server(80).alone(true).react([](std::string_view) { return "HTTP first"; });
  EXPECT_EQ(detect(80), "hard http");
  EXPECT_EQ(took, 6s);
}

TEST_F(Detector, ConcurrentConnectTimeoutsHalveWindowOnce) {
  options.window = 8;
  std::vector<HostToDetect::Port> ports;
  for (std::uint16_t port = 2000; port < 2008; ++port) {
    server(port).lose(1).banner("SSH-2.0");
    ports.push_back({port, Protocol::Tcp});
  }
  start(ports);
  run();
  EXPECT_TRUE(done);
  EXPECT_EQ(clock.now() - began, service::Detector::kConnectTimeout);
}

TEST_F(Detector, FirstConnectionEndedBySecondIsIgnored) {
  server(80).latest().react([](std::string_view) { return "HTTP first"; });
  EXPECT_EQ(detect(80), "hard http");
  EXPECT_EQ(took, 50ms + 250ms) << "the silence of NULL, anew";
}

TEST_F(Detector, SilenceBehindOlderConnectionIsNoResult) {
  options.connections = 8;
  server(80).in_turn().react(
      [](std::string_view sent) { return net::FakeServer::Reaction("HTTP " + std::string(sent)); });
  EXPECT_EQ(detect(80), "hard http");
  EXPECT_EQ(took, 6s) << "the connection of NULL ends";
}

TEST_F(Detector, TimedOutConnectIsRepeated) {
  server(22).lose(1).banner("SSH-2.0");
  EXPECT_EQ(detect(22), "hard ssh 2.0");
  EXPECT_EQ(took, service::Detector::kConnectTimeout);
}

TEST_F(Detector, RefusedFirstConnectionIsWrapped) {
  server(22).refuse();
  EXPECT_EQ(detect(22), "wrapped");
}

TEST_F(Detector, ResponseEndedByResetIsNotInFingerprint) {
  server(81).banner("hello").after(100ms).reset();
  EXPECT_EQ(detect(81), "unknown");
  for (const Detected::Response& each : results[0].responses) EXPECT_NE(each.probe, "NULL");
}

TEST_F(Detector, FailedTlsHandshakeEndsDetection) {
  server(443).react([](std::string_view) { return "TLS"; });
  EXPECT_EQ(detect(443), "unknown tls");
  EXPECT_TRUE(results[0].cut_off);
}

TEST_F(Detector, NullResponseIsPrefixOfFirstProbeResponse) {
  server(80).banner("hello").react([](std::string_view) { return "there"; });
  EXPECT_EQ(detect(80), "unknown");
  ASSERT_GE(results[0].responses.size(), 2u);
  EXPECT_EQ(results[0].responses[0].bytes, "hello");
  EXPECT_EQ(results[0].responses[1].bytes, "hellothere");
  EXPECT_EQ(results[0].responses[2].bytes, "hellothere") << "another connection, another greeting";
}

TEST_F(Detector, UdpProbesShareOneSocket) {
  auto& udp = network.udp("192.0.2.1", 53).accept();
  udp.react([](std::string_view sent) -> std::optional<net::FakeServer::Reaction> {
    if (sent == "other") return "other";
    return std::nullopt;
  });
  EXPECT_EQ(detect(53, Protocol::Udp), "hard other");
  EXPECT_EQ(took, 5s);
  EXPECT_EQ(udp.received(), "askother");
  EXPECT_EQ(results[0].connections, 1u);
}

TEST_F(Detector, RateLimitSpacesTheDatagramsOfAPort) {
  core::RateLimiter slow(0.1);
  rate = &slow;
  network.udp("192.0.2.1", 53).accept().react([](std::string_view sent) -> std::optional<net::FakeServer::Reaction> {
    if (sent == "other") return "other";
    return std::nullopt;
  });
  EXPECT_EQ(detect(53, Protocol::Udp), "hard other");
  EXPECT_EQ(took, 10s);
}

struct DetectorWithTwoSlots : Detector {
  DetectorWithTwoSlots() : Detector({2, 2}) {}
};

TEST_F(DetectorWithTwoSlots, AllPortsAreDetectedWithAtMostTwoOpenSockets) {
  std::vector<HostToDetect::Port> ports;
  for (std::uint16_t port = 2000; port < 2020; ++port) {
    server(port).after(10ms).banner("SSH-2.0");
    ports.push_back({port, Protocol::Tcp});
  }
  start(ports);
  run();
  EXPECT_TRUE(done);
  for (const Detected& each : results) EXPECT_EQ(text(each), "hard ssh 2.0");
  EXPECT_LE(network.peak_open_sockets(), 2u);
}

TEST_F(DetectorWithTwoSlots, SecondConnectionOpensWhenNoPortWaitsForFirst) {
  server(80).react([](std::string_view sent) { return net::FakeServer::Reaction("HTTP " + std::string(sent)); });
  server(2000).after(80ms).banner("SSH-2.0");
  server(2001).after(80ms).banner("SSH-2.0");  // waits until NULL of port 80 has been silent
  start({{80, Protocol::Tcp}, {2000, Protocol::Tcp}, {2001, Protocol::Tcp}});
  run();
  EXPECT_EQ(text(results[0]), "hard http");
  EXPECT_EQ(results[0].connections, 2u);
  EXPECT_LE(ends[0] - began, 500ms);
}

TEST_F(Detector, PortsBeyondHostSlotsDoNotWaitForFullNullWait) {
  std::vector<HostToDetect::Port> ports;
  for (std::uint16_t port = 3000; port < 3060; ++port) {
    server(port).react([](std::string_view sent) { return net::FakeServer::Reaction("HTTP " + std::string(sent)); });
    ports.push_back({port, Protocol::Tcp});
  }
  start(ports);
  run();
  EXPECT_TRUE(done);
  for (const Detected& each : results) EXPECT_EQ(text(each), "hard http");
  EXPECT_EQ(clock.now() - began, 6 * 250ms) << "ten at a time, with two connections each";
  EXPECT_LE(network.peak_open_sockets(), 20u);
}

TEST_F(Detector, RateLimitSpacesConnections) {
  core::RateLimiter ten(10);
  rate = &ten;
  std::vector<HostToDetect::Port> ports;
  for (std::uint16_t port = 2000; port < 2005; ++port) {
    server(port).banner("SSH-2.0");
    ports.push_back({port, Protocol::Tcp});
  }
  start(ports);
  run();
  EXPECT_TRUE(done);
  EXPECT_EQ(clock.now() - began, 400ms);
}

TEST_F(Detector, AbandonClosesSocketsOfHost) {
  server(80).accept();
  server(81).accept();
  const HostId id = start({{80, Protocol::Tcp}, {81, Protocol::Tcp}});
  detector->run_turn();
  EXPECT_EQ(network.open_sockets(), 2u);
  detector->abandon(id);
  EXPECT_EQ(network.open_sockets(), 0u);
  EXPECT_EQ(detector->hosts(), 0u);
  run();
  EXPECT_FALSE(done);
}

TEST_F(Detector, ResponseIsTruncatedAtReceiveLimit) {
  options.receive_limit = 1000;
  server(80).banner(std::string(5000, 'x'));
  EXPECT_EQ(detect(80), "unknown");
  EXPECT_EQ(results[0].responses.at(0).size, 1000u);
}

}  // namespace
}  // namespace sluice::service
