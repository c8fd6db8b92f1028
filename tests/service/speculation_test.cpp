// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>

#include "service/detector.hpp"
#include "support/fake_network.hpp"
#include "support/manual_clock.hpp"

// Compares detection over several connections with sequential detection, for servers with random behaviour.

namespace sluice::service {
namespace {

using namespace std::chrono_literals;

constexpr const char* kFile = R"(Probe TCP NULL q||
totalwaitms 6000
tcpwrappedms 3000
match greets m|^HELLO (\w+)| p/$1/
softmatch mail m|^220|
match mail m|^220 mail|
Probe TCP A q|A|
rarity 1
ports 80
match web m|^WEB A|
match mail m|^MAIL A|
softmatch web m|^web|
match ssl m|^TLS|
Probe TCP B q|B|
rarity 1
match web m|^WEB B|
softmatch other m|^other|
Probe TCP C q|C|
rarity 2
match other m|^OTHER|
match web m|^WEB C|
Probe TCP D q|D|
rarity 1
sslports 80
match web m|^WEB D|
)";

/// The behaviour of a server, derived from a seed.
struct Behaviour {
  explicit Behaviour(unsigned seed) {
    std::mt19937 random(seed);
    const auto pick = [&](auto& from) { return from[random() % std::size(from)]; };
    const Duration rtts[] = {0ms, 5ms, 40ms}, delays[] = {0ms, 30ms, 200ms};
    const char* const banners[] = {"", "", "", "", "HELLO x", "220 mail", "220 x", "?"};
    const char* const answers[] = {"",      "",       "",    "?",     "WEB A", "WEB B", "WEB C",
                                   "WEB D", "MAIL A", "web", "other", "OTHER", "TLS"};
    rtt = pick(rtts);
    banner = pick(banners);
    delay = pick(delays);
    for (const char probe : {'A', 'B', 'C', 'D'}) {
      answer[probe] = pick(answers);
      closes[probe] = random() % 4 == 0;
    }
    closes_at_once = random() % 10 == 0;
    alone = random() % 6 == 0;
    in_turn = random() % 4 == 0;
  }
  void set_up(net::FakeServer& server) const {
    server.accept().rtt(rtt).tls();
    if (alone) server.alone();
    if (in_turn) server.in_turn();
    if (banner[0]) server.after(delay).banner(banner);
    if (closes_at_once) server.after(10ms).close();
    server.react([this](std::string_view sent) -> std::optional<net::FakeServer::Reaction> {
      const std::string text = answer.at(sent[0]);
      if (text.empty() && !closes.at(sent[0])) return std::nullopt;
      return net::FakeServer::Reaction(text, closes.at(sent[0]));
    });
  }

  Duration rtt{}, delay{};
  const char* banner = "";
  std::map<char, std::string> answer;
  std::map<char, bool> closes;
  bool closes_at_once = false, alone = false, in_turn = false;
};

struct Watch : DetectionObserver {
  void on_detected(HostId, std::size_t, Detected detected) override { result = std::move(detected); }
  void on_host_detected(HostId) override { done = true; }
  Detected result;
  bool done = false;
};

/// Detects the service of one port. Returns "KIND[ tls] SERVICE PRODUCT" and the responses for a fingerprint.
std::string detect(const ProbeFile& file, const Behaviour& behaviour, const DetectorOptions& options) {
  ManualClock clock;
  core::Deadlines deadlines;
  net::FakeNetwork network(deadlines, clock);
  core::SlotPool slots({20, 20});
  core::HostSlotQueue line;
  Matcher matcher(file);
  Watch watch;
  behaviour.set_up(network.tcp("192.0.2.1", 80));
  Detector detector(file, matcher, options, {network, slots, deadlines, clock});
  HostToDetect host;
  host.address = *Address::parse("192.0.2.1");
  host.line = &line;
  host.srtt = behaviour.rtt;
  host.ports = {{80, Protocol::Tcp}};
  detector.start(std::move(host), watch);
  for (int turns = 0; turns < 10'000 && !watch.done; ++turns) {
    if (detector.ready()) {
      detector.run_turn();
    } else {
      const auto next = deadlines.next();
      if (!next || *next == kNever) break;
      if (*next > clock.now()) clock.advance(*next - clock.now());
    }
    deadlines.expire(clock.now());
  }
  EXPECT_TRUE(watch.done);
  const Detected& result = watch.result;
  std::string text = std::to_string(static_cast<int>(result.kind)) + (result.tls ? " tls" : "");
  if (result.hit) text += " " + result.hit->service + " " + result.hit->fields.product;
  for (const Detected::Response& each : result.responses) text += " " + each.probe + "=" + each.bytes;
  return text;
}

TEST(DetectorConnections, SeveralConnectionsGiveResultOfSequentialProbing) {
  const auto file = ProbeFile::parse(kFile, "db");
  ASSERT_TRUE(file);
  DetectorOptions exact, several;
  exact.exact = true;
  for (unsigned seed = 0; seed < 10'000; ++seed) {
    const Behaviour behaviour(seed);
    several.connections = 2 + seed % 4;
    ASSERT_EQ(detect(*file, behaviour, several), detect(*file, behaviour, exact)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace sluice::service
