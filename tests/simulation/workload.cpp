// SPDX-License-Identifier: Apache-2.0
#include "simulation/workload.hpp"

#include <filesystem>
#include <fstream>

namespace sluice::simulation {

namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPorts[] = {22, 80, 443};

constexpr const char* kProbes = R"(Probe TCP NULL q||
totalwaitms 3000
match ssh m|^SSH-([\d.]+)| v/$1/
softmatch mail m|^220|
Probe TCP Ask q|ask\r\n|
rarity 1
ports 80,443
totalwaitms 2000
match web m|^ask| p/Echo/
match ssl m|^TLS|
Probe TCP Other q|other|
rarity 2
totalwaitms 2000
match other m|^other|
)";

/// Sets one of 48 behaviours of a server. `number`: any.
void behave(net::FakeServer& server, unsigned number) {
  constexpr Duration kRtts[] = {0ms, 1ms, 20ms, 150ms};
  server.accept().rtt(kRtts[number % 4]);
  switch (number / 4 % 12) {
    case 0:
      server.refuse();
      return;
    case 1:
      server.silent();
      return;
    case 2:
      return;
    case 3:
      server.banner("SSH-2.0 x\n");
      return;
    case 4:
      server.after(100ms).banner("220 mail\n").after(400ms).close();
      return;
    case 5:
      server.echo();
      return;
    case 6:
      server.after(50ms).reset();
      return;
    case 7:
      server.lose(2).banner("late\n");
      return;
    case 8:
      server.alone().echo();
      return;
    case 9:
      server.in_turn().echo();
      return;
    case 10:
      server.stall();
      return;
    default:
      server.close();
      return;
  }
}

}  // namespace

void write_files(const std::string& folder) {
  for (const Script& script : scripts())
    std::ofstream(std::filesystem::path(folder) / (std::string(script.name) + ".nse")) << source(script);
  std::ofstream(std::filesystem::path(folder) / "probes") << kProbes;
  // An empty script database. Without it, -sV would choose the stock scripts of the category `version`.
  std::filesystem::create_directory(std::filesystem::path(folder) / "scripts");
  std::ofstream(std::filesystem::path(folder) / "scripts" / "script.db") << "";
}

Workload::Workload(std::uint64_t seed, const std::string& folder) : random_(seed) {
  const std::size_t count = 1 + random_() % 10;
  for (std::size_t number = 1; number <= count; ++number) {
    const std::string text = "192.0.2." + std::to_string(number);
    options_.targets.push_back(text);
    hosts_.push_back(*Address::parse(text));
    for (const std::uint16_t port : kPorts) servers_[{hosts_.back(), port}] = static_cast<unsigned>(random_() % 480);
    servers_[{hosts_.back(), 53}] = static_cast<unsigned>(random_() % 480);
  }
  options_.datadir = folder;
  options_.ports = "22,80,443";
  options_.discovery = chance(3);
  options_.reverse_dns = Options::ReverseDns::Never;
  options_.watched_after.reset();
  choose_scripts(folder);
  choose_limits();
  if (chance(5)) stop_after_ = 2 + random_() % 60;
}

void Workload::choose_scripts(const std::string& folder) {
  std::string chosen;
  for (const Script& script : scripts()) {
    if (!chance(3)) continue;
    chosen += (chosen.empty() ? "" : ",") + folder + "/" + script.name + ".nse";
    deadlocks_ = deadlocks_ || script.deadlocks;
    piles_up_ = piles_up_ || script.piles_up;
  }
  if (!chosen.empty()) {
    options_.scripts = true;
    options_.script_rules = {chosen};
  }
  options_.versions = chance(3);
  options_.version_file = folder + "/probes";
}

void Workload::choose_limits() {
  options_.workers = 1 + static_cast<unsigned>(random_() % 4);
  options_.socket_slots = 1 + static_cast<unsigned>(random_() % 8);
  options_.host_slots = 1 + static_cast<unsigned>(random_() % 4);
  options_.timing = pick({3, 4, 5});
  options_.script_burst = pick<Options::Milliseconds>({300ms, 2s, 5s});
  if (chance(2)) options_.script_slice = 10ms;
  if (chance(3)) options_.script_timeout = pick<Options::Milliseconds>({200ms, 2s, 30s});
  if (chance(4)) options_.host_timeout = pick<Options::Milliseconds>({100ms, 3s, 20s});
  if (chance(4)) options_.max_rate = 20;
  if (chance(5)) options_.script_memory = std::size_t{6} << 20;
  if (chance(6)) options_.version_patience = 100ms;
  if (chance(6)) options_.max_time = pick<Options::Milliseconds>({100ms, 2s, 20s});
}

void Workload::set_up(net::FakeNetwork& network) const {
  network.name("slow.example", {*Address::parse("198.51.100.1")}, 500ms);  // no target
  for (const auto& [where, number] : servers_)
    behave(where.port == 53 ? network.udp(where) : network.tcp(where), number);
}

}  // namespace sluice::simulation
