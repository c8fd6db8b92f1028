// SPDX-License-Identifier: Apache-2.0
#include "engine/host_window.hpp"

#include <utility>
#include <vector>

namespace sluice::engine {

void HostWindow::add(Target target) {
  const Handle id = hosts_.emplace(tools_, due_, std::move(target));
  hosts_.at(id).start({this, {id, 0}});
}

bool HostWindow::ready() const noexcept { return !due_.empty() || (!arrivals_.empty() && open_ < budgets_.hosts); }

void HostWindow::run_turn() {
  while (!due_.empty()) {
    HostRun& host = due_.pop_front();
    host.update();
    if (host.stage() == HostRun::Stage::Done)
      retire(host);
    else if (host.stage() == HostRun::Stage::Arrived)
      arrivals_.push_back(host);
  }
  while (!arrivals_.empty() && open_ < budgets_.hosts) {
    ++open_;
    arrivals_.pop_front().open();
  }
}

void HostWindow::complete(core::Ticket ticket, core::Reply reply) {
  --tools_.lookups;
  if (HostRun* host = hosts_.find(ticket.thread)) host->named(reply);
}

void HostWindow::emit_host(HostRun& host) {
  host.finish();
  ++done_.total;
  done_.unknown_services += host.unknown_services();
  if (const scan::KeptRate* kept = tools_.scan.kept_rate()) {
    done_.probes = kept->sent();
    done_.probes_lacking = kept->lacking();
  }
  const std::string_view status = status_text(*host.report);
  if (status == "up") ++done_.up;
  if (status == "down") ++done_.down;
}

void HostWindow::retire(HostRun& host) {
  emit_host(host);
  if (host.opened()) --open_;
  hosts_.erase(host.id());
}

HostWindow::Open HostWindow::open_hosts() const {
  Open open;
  hosts_.for_each([&](Handle, const HostRun& host) {
    if (host.report->up) ++open.up;
    open.progress += host.progress();
  });
  return open;
}

void HostWindow::break_off(const std::string& why) {
  std::vector<HostRun*> open;
  hosts_.for_each([&open](Handle, HostRun& host) { open.push_back(&host); });
  for (HostRun* host : open) {
    host->break_off(event::Outcome::Killed, why);
    if (host->report->up) {
      retire(*host);
    } else {
      if (host->opened()) --open_;
      hosts_.erase(host->id());
    }
  }
}

void HostWindow::emit_hosts(const std::string& why) {
  hosts_.for_each([&](Handle, HostRun& host) {
    if (!host.report->up) return;
    host.mark_incomplete(why, true);
    emit_host(host);
  });
}

}  // namespace sluice::engine
