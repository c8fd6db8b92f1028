// SPDX-License-Identifier: Apache-2.0
// A program that uses the installed library; package_test.py runs it.
// - consumer keep PORTS: scans ports of 127.0.0.1, and prints the reports after the engine has been destroyed.
// - consumer stop: scans a million addresses, and prints "running" at the first report. A handler of SIGINT stops the
// run.

#include <csignal>
#include <iostream>
#include <sluice/engine.hpp>
#include <sluice/version.hpp>
#include <sluice/writer.hpp>
#include <string>
#include <vector>

namespace {

sluice::Engine* running = nullptr;  // for the signal handler

struct Keeper final : sluice::Observer {
  std::vector<std::shared_ptr<const sluice::HostReport>> reports;
  std::string xml, error;
  std::unique_ptr<sluice::Observer> writer =
      sluice::make_writer(sluice::Format::Xml, {}, [this](std::string_view bytes) { xml += bytes; });

  void on_event(const sluice::Event& event) override {
    writer->on_event(event);
    if (const auto* host = std::get_if<sluice::event::HostFinished>(&event.what)) {
      if (reports.empty()) std::cout << "running" << std::endl;
      reports.push_back(host->report);
    }
    if (const auto* end = std::get_if<sluice::event::RunFinished>(&event.what)) error = end->error;
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  sluice::Options options;
  options.discovery = false;
  options.reverse_dns = sluice::Options::ReverseDns::Never;
  options.targets = {mode == "stop" ? "127.0.0.0/12" : "127.0.0.1"};
  options.ports = argc > 2 ? argv[2] : "1";

  Keeper keeper;
  auto created = sluice::Engine::create(options, keeper);
  if (!created) {
    std::cerr << created.error().message << '\n';
    return 2;
  }
  std::unique_ptr<sluice::Engine> engine = *std::move(created);
  running = engine.get();
  struct sigaction action {};
  action.sa_handler = [](int) { running->stop(); };
  sigaction(SIGINT, &action, nullptr);
  const sluice::Engine::End end = engine->run();
  signal(SIGINT, SIG_DFL);
  engine.reset();

  std::cout << "sluice " << sluice::kVersion << '\n';
  if (mode == "keep") {
    for (const auto& report : keeper.reports)
      for (const sluice::PortReport& port : report->ports)
        std::cout << report->address.text() << ' ' << port.number << ' ' << to_text(port.state) << ' '
                  << port.table_service << '\n';
  }
  std::cout << (end == sluice::Engine::End::Finished ? "finished" : "stopped: " + keeper.error) << '\n';
  return keeper.xml.ends_with("</nmaprun>\n") ? 0 : 1;
}
