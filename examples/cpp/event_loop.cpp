// SPDX-License-Identifier: Apache-2.0
// event_loop TARGET PORTS: reads the banners of open ports in an event loop of the program, in which a timer ticks,
// too.

#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdint>
#include <iostream>
#include <sluice/engine.hpp>

struct Printer : sluice::Observer {
  void on_event(const sluice::Event& event) override {
    const auto* script = std::get_if<sluice::event::ScriptFinished>(&event.what);
    if (script && script->result)
      std::cout << script->place.address->text() << ' ' << *script->place.port << ": " << script->result->output
                << std::endl;
  }
};

// Returns the timeout for poll(), in milliseconds.
int timeout_for(sluice::Engine& engine) {
  using namespace std::chrono;
  const steady_clock::time_point until = engine.next_deadline(), now = steady_clock::now();
  if (until == steady_clock::time_point::max()) return -1;  // only the descriptor can bring work
  if (until <= now) return 0;
  return static_cast<int>(std::min<milliseconds::rep>(ceil<milliseconds>(until - now).count(), INT_MAX));
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  sluice::Options options;
  options.targets = {argv[1]};
  options.ports = argv[2];
  options.discovery = false;
  options.scripts = true;
  options.script_rules = {"banner"};

  Printer printer;
  auto engine = sluice::Engine::create(options, printer);
  if (!engine) {
    std::cerr << engine.error().message << '\n';
    return 2;
  }

  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  const itimerspec every_100_ms{{0, 100'000'000}, {0, 100'000'000}};
  timerfd_settime(timer, 0, &every_100_ms, nullptr);

  std::optional<sluice::Engine::End> end;
  while (!(end = (*engine)->step())) {
    pollfd waits[] = {{(*engine)->poll_fd(), POLLIN, 0}, {timer, POLLIN, 0}};
    poll(waits, 2, timeout_for(**engine));
    std::uint64_t ticks = 0;
    if ((waits[1].revents & POLLIN) != 0 && read(timer, &ticks, sizeof ticks) > 0) std::cout << "tick" << std::endl;
  }
  close(timer);
  return *end == sluice::Engine::End::Finished ? 0 : 1;
}
