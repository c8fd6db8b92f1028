// SPDX-License-Identifier: Apache-2.0
// collect TARGET PORTS: scans ports of a host and collects them into a map.

#include <iostream>
#include <map>
#include <sluice/engine.hpp>

struct Collector : sluice::Observer {
  std::map<std::string, std::vector<sluice::PortReport>> ports;  // by address

  void on_event(const sluice::Event& event) override {
    if (const auto* host = std::get_if<sluice::event::HostFinished>(&event.what))
      ports[host->report->address.text()] = host->report->ports;
  }
};

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  sluice::Options options;
  options.targets = {argv[1]};
  options.ports = argv[2];
  options.discovery = false;
  options.reverse_dns = sluice::Options::ReverseDns::Never;

  Collector collector;
  {
    auto engine = sluice::Engine::create(options, collector);
    if (!engine) {
      std::cerr << engine.error().message << '\n';
      return 2;
    }
    if ((*engine)->run() != sluice::Engine::End::Finished) return 1;
  }
  for (const auto& [address, ports] : collector.ports)
    for (const sluice::PortReport& port : ports)
      std::cout << address << ' ' << port.number << '/' << to_text(port.protocol) << ' ' << to_text(port.state) << ' '
                << port.table_service << '\n';
}
