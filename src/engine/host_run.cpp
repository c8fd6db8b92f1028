// SPDX-License-Identifier: Apache-2.0
#include "engine/host_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/budgets.hpp"
#include "engine/known_port_report.hpp"
#include "model/host_state.hpp"

namespace sluice::engine {

namespace {

using model::key_of;

PortDetail& detail_of(PortReport& port) {
  if (!port.detail) port.detail = std::make_unique<PortDetail>();
  return *port.detail;
}

}  // namespace

HostRun::HostRun(HostTools& tools, DueList& due, Target target)
    : tools_(tools),
      due_(due),
      known_ports_(std::move(target.ports)),
      earlier_(target.earlier.unfinished),
      place_(target.place) {
  report = report_.get();
  report->address = target.address;
  report->target_name = std::move(target.name);
  report->other_addresses = std::move(target.others);
}

HostRun::~HostRun() {
  tools_.deadlines.cancel(timeout_);
  tools_.scan.abandon(job_);
  if (tools_.detector) tools_.detector->abandon(detection_);
  if (entered_) tools_.runtime->leave(*this);
}

void HostRun::mark_due() {
  ListNode<DueTag>& node = *this;
  if (!node.linked()) due_.push_back(*this);
}

void HostRun::start(core::Completion named) {
  name_lookup_ = named;
  const Options& options = tools_.options;
  if (earlier_) {  // an earlier attempt has emitted HostStarted
    report->start = earlier_->report.start;
    report->times = earlier_->report.times;
  } else {
    report->start = tools_.events.clock().wall();
    tools_.events.emit(event::HostStarted{report->address, report->target_name});
  }
  if (options.list_only) {
    report->listed_only = true;
    stage_ = Stage::Naming;
    if (options.reverse_dns != Options::ReverseDns::Never) look_up_name();
    mark_due();
  } else if (!options.discovery || !known_ports_.empty()) {
    report->up = true;
    report->reason = Reason::UserSet;
    stage_ = Stage::Arrived;
    mark_due();
  } else if (!take_earlier_state()) {
    discover();
  }
}

bool HostRun::take_earlier_state() {
  if (!earlier_ || !earlier_->discovered) return false;
  const HostReport& known = earlier_->report;
  report->up = true;
  report->reason = known.reason;
  report->reason_ttl = known.reason_ttl;
  report->mac = known.mac;
  report->mac_vendor = known.mac_vendor;
  stage_ = Stage::Arrived;
  mark_due();
  return true;
}

void HostRun::discover() {
  const ScanPlan& plan = tools_.plan;
  std::optional<net::Route> way;
  if (plan.knows_own || plan.asks_neighbours) way = tools_.routing.route(report->address);
  if (plan.knows_own && (report->address.is_loopback() || (way && way->own))) {
    report->up = true;
    report->reason = Reason::LocalhostResponse;
    stage_ = Stage::Arrived;
    return mark_due();
  }
  on_link_ = way && !way->own && !way->next_hop && !way->mac.empty();
  scan::HostJob job;
  job.kind = scan::HostJob::Kind::Discovery;
  job.address = report->address;
  if (plan.asks_neighbours && on_link_) {
    job.pings = {net::Ping::Neighbour};
    job.route = std::move(way);
  } else {
    job.tcp_ports = plan.tcp_pings;
    job.udp_ports = plan.udp_pings;
    job.pings = plan.pings;
  }
  tools_.tasks.discovery.start();
  job_ = tools_.scan.start(std::move(job), *this);
}

void HostRun::on_port_open(scan::HostId, std::uint16_t port, Protocol protocol) {
  tools_.events.emit(event::PortDiscovered{report->address, port, protocol});
}

void HostRun::on_ports_settled(scan::HostId, const scan::HostResult& so_far, bool all) {
  std::vector<PortReport> reports;
  reports.reserve(so_far.ports.size());
  for (const scan::ScannedPort& port : so_far.ports) reports.push_back(port_report(port));
  std::ranges::stable_sort(reports, {}, key_of);
  if (all) add_earlier_ports(reports);
  emit_ports(std::move(reports), so_far.times, all);
}

void HostRun::emit_ports(std::vector<PortReport> ports, const std::optional<RoundTrip>& times, bool all) const {
  auto state = std::make_shared<HostReport>();
  state->address = report->address;
  state->target_name = report->target_name;
  state->other_addresses = report->other_addresses;
  state->up = report->up;
  state->reason = report->reason;
  state->reason_ttl = report->reason_ttl;
  state->mac = report->mac;
  state->mac_vendor = report->mac_vendor;
  state->times = times ? times : report->times;
  state->start = report->start;
  state->ports_scanned = true;
  state->ports = std::move(ports);
  tools_.events.emit(event::PortsScanned{std::move(state), all});
}

void HostRun::on_host_done(scan::HostId, scan::HostResult result) {
  job_ = {};
  found_ = std::move(result);
  mark_due();
}

void HostRun::expired(std::uint64_t) {
  timeout_ = {};
  timed_out_ = true;
  mark_due();
}

void HostRun::update() {
  if (timed_out_ && stage_ != Stage::Done) {
    report->timed_out = true;
    return break_off(event::Outcome::TimedOut, "host timeout (--host-timeout)");
  }
  switch (stage_) {
    case Stage::Discovering:
      if (!job_) discovered();
      break;
    case Stage::Naming:
      if (!naming_) stage_ = Stage::Done;
      break;
    case Stage::Scanning:
      if (job_) return;
      if (awaits_ports()) {
        take_ports(std::exchange(found_, {}));
        tools_.tasks.scan.end(tools_.plan.port_count());
      }
      if (!naming_ && !begin_detection()) begin_scripts();
      break;
    case Stage::Detecting:
      if (detection_) return;
      tools_.tasks.versions.end(detected_ports_.size());
      begin_scripts();
      break;
    case Stage::Scripting:
      if (script_run_->alive() > 0 || script_run_->can_start()) return;
      tools_.runtime->kill(this, event::Outcome::Killed);  // child threads that have outlived the run level
      if (script_run_->next_level()) {
        tools_.starts->add(*script_run_);
      } else {
        tools_.tasks.scripts.end();
        stage_ = Stage::Done;
      }
      break;
    case Stage::Arrived:
    case Stage::Done:
      break;
  }
}

void HostRun::discovered() {
  tools_.tasks.discovery.end(1);
  report->up = found_.up;
  report->reason = found_.reason;
  report->reason_ttl = found_.reason_ttl;
  report->times = found_.times;
  if (!report->up && report->reason == Reason::NotSent) add_incomplete("no probe could be sent (not-sent)");
  take_mac(std::move(found_.mac));
  found_ = {};
  if (report->up) {
    // If the host was discovered without an ARP request of ours, the system has made one for its own packets.
    if (const auto way = on_link_ && report->mac.empty() ? tools_.routing.route(report->address) : std::nullopt)
      take_mac(way->neighbour_mac);
    stage_ = Stage::Arrived;
    return;
  }
  stage_ = Stage::Naming;
  if (tools_.options.reverse_dns == Options::ReverseDns::Always) look_up_name();
  if (!naming_) stage_ = Stage::Done;
}

void HostRun::take_mac(std::string mac) {
  if (mac.empty()) return;
  report->mac_vendor = tools_.vendors.of(mac);
  report->mac = std::move(mac);
}

void HostRun::open() {
  opened_ = true;
  stage_ = Stage::Scanning;
  if (const auto limit = host_timeout(tools_.options))
    timeout_ = tools_.deadlines.arm(tools_.events.clock().now() + *limit, *this);
  if (tools_.options.reverse_dns != Options::ReverseDns::Never) look_up_name();
  if (!known_ports_.empty())
    take_known_ports();
  else if (tools_.plan.port_count() > 0)
    start_scan();
  mark_due();
}

void HostRun::start_scan() {
  const ScanPlan& plan = tools_.plan;
  scan::HostJob job;
  job.address = report->address;
  job.tcp_ports = unknown_ports(plan.tcp, Protocol::Tcp);
  job.udp_ports = unknown_ports(plan.udp, Protocol::Udp);
  job.times = report->times;
  tools_.tasks.scan.start();
  if (tools_.events.verbose())
    tools_.events.log(fmt::format("Scanning {} [{} port{}]", display_name(*report), plan.port_count(),
                                  plan.port_count() == 1 ? "" : "s"),
                      1);
  if (!job.tcp_ports.empty() || !job.udp_ports.empty()) job_ = tools_.scan.start(std::move(job), *this);
}

std::vector<std::uint16_t> HostRun::unknown_ports(const std::vector<std::uint16_t>& wanted, Protocol protocol) const {
  if (!earlier_) return wanted;
  std::vector<std::uint16_t> unknown;
  std::ranges::copy_if(wanted, std::back_inserter(unknown), [&](std::uint16_t number) {
    return !std::ranges::binary_search(earlier_->report.ports, std::pair(protocol, number), {}, key_of);
  });
  return unknown;
}

bool HostRun::awaits_ports() const {
  return tools_.plan.port_count() > 0 && known_ports_.empty() && !report->ports_scanned;
}

void HostRun::take_ports(const scan::HostResult& result) {
  report->ports_scanned = true;
  if (result.times) report->times = result.times;
  report->ports.reserve(result.ports.size());
  for (const scan::ScannedPort& found : result.ports) report->ports.push_back(port_report(found));
  add_earlier_ports(report->ports);
  const auto unsent = std::count_if(report->ports.begin(), report->ports.end(),
                                    [](const PortReport& port) { return port.reason == Reason::NotSent; });
  if (unsent > 0)
    add_incomplete(
        fmt::format("{} port{} unknown, as no probe could be sent (not-sent)", unsent, unsent == 1 ? " is" : "s are"));
}

void HostRun::add_earlier_ports(std::vector<PortReport>& ports) const {
  if (!earlier_) return;
  for (const PortReport& known : earlier_->report.ports) {
    PortReport& port = ports.emplace_back(known);
    port.table_service = tools_.plan.services.name(port.number, port.protocol);
  }
  std::ranges::sort(ports, {}, key_of);
}

PortReport HostRun::port_report(const scan::ScannedPort& found) const {
  PortReport port;
  port.number = found.number;
  port.protocol = found.protocol;
  port.state = found.status.state;
  port.reason = found.status.reason;
  port.table_service = tools_.plan.services.name(found.number, found.protocol);
  return port;
}

void HostRun::take_known_ports() {
  report->ports.reserve(known_ports_.size());
  for (const model::KnownPort& known : known_ports_)
    report->ports.push_back(engine::port_report(known, tools_.plan.services));
  if (earlier_) take_earlier_services();
}

void HostRun::take_earlier_services() {
  for (const auto& decided : earlier_->decided) {
    const auto known = std::ranges::lower_bound(earlier_->report.ports, decided, {}, key_of);
    const auto port = std::ranges::lower_bound(report->ports, decided, {}, key_of);
    const bool found = known != earlier_->report.ports.end() && key_of(*known) == decided;
    if (found && port != report->ports.end() && key_of(*port) == decided && known->detail) port->detail = known->detail;
  }
}

void HostRun::look_up_name() {
  naming_ = true;
  ++tools_.lookups;
  tools_.resolver.reverse(report->address, name_lookup_);
}

void HostRun::named(const core::Reply& reply) {
  naming_ = false;
  if (reply.status == core::Status::Ok) report->reverse_name = reply.data;
  mark_due();
}

bool HostRun::is_script_target() const {
  return tools_.runtime && (tools_.scripts.has(nse::ScriptRule::Host) || tools_.scripts.has(nse::ScriptRule::Port));
}

void HostRun::begin_scripts() {
  stage_ = Stage::Done;
  if (!is_script_target()) return;
  if (tools_.events.verbose()) tools_.events.log("NSE: Script scanning " + report->address.text() + ".", 1);
  route = tools_.routing.route(report->address);
  if (route && !route->next_hop && route->neighbour_mac.empty()) route->neighbour_mac = report->mac;
  tools_.runtime->enter(*this);
  entered_ = true;
  script_run_.emplace(ScriptRun::Parts{*tools_.runtime, tools_.scripts, tools_.events, tools_.options.earlier.get()},
                      *this);
  if (!script_run_->next_level()) return;
  tools_.events.emit(event::HostScanned{std::make_shared<const HostReport>(*report)});
  stage_ = Stage::Scripting;
  tools_.tasks.scripts.start();
  tools_.starts->add(*script_run_);
}

void HostRun::script_ended(const nse::ScriptThread& thread, const std::optional<ScriptResult>& result) {
  if (thread.port() && thread.acted()) scripted_.insert(thread.port());
  // With -sV alone, scripts of category version set services of ports, but the report has no results of port rules.
  if (result && (tools_.options.scripts || !thread.port())) {
    if (thread.port())
      detail_of(*thread.port()).scripts.push_back(*result);
    else
      report->scripts.push_back(*result);
  }
  if (script_run_->thread_ended()) mark_due();
}

std::size_t HostRun::unknown_services() const {
  if (tools_.options.versions || !script_run_ || !tools_.scripts.has(nse::ScriptRule::Port)) return 0;
  return static_cast<std::size_t>(std::ranges::count_if(report->ports, [this](const PortReport& port) {
    const bool known = port.detail && port.detail->service && port.detail->service->probed;
    return port.state == PortState::Open && !known && !scripted_.contains(&port);
  }));
}

double HostRun::progress() const {
  const double scans = tools_.plan.port_count() > 0 && known_ports_.empty() ? 1 : 0, detects = tools_.detector ? 1 : 0,
               scripts = is_script_target() ? 1 : 0, all = scans + detects + scripts;
  if (all == 0 || !opened_) return 0;
  switch (stage_) {
    case Stage::Scanning:
      return (awaits_ports() ? tools_.scan.progress(job_) : scans) / all;
    case Stage::Detecting:
      return (scans + tools_.detector->progress(detection_)) / all;
    case Stage::Scripting:
      return (scans + detects + script_run_->progress()) / all;
    default:
      return (scans + detects) / all;
  }
}

void HostRun::mark_incomplete(const std::string& why, bool interrupted) {
  const bool only_named = stage_ == Stage::Naming ||
                          (stage_ == Stage::Scanning && !awaits_ports() && !is_script_target() && !tools_.detector);
  if (stage_ == Stage::Done || only_named) return;
  add_incomplete(why);
  report->interrupted = interrupted;
}

void HostRun::add_incomplete(const std::string& why) {
  if (!report->incomplete.empty()) report->incomplete += "; ";
  report->incomplete += why;
}

void HostRun::break_off(event::Outcome outcome, const std::string& why) {
  mark_incomplete(why, outcome == event::Outcome::Killed);
  const Stage stage = std::exchange(stage_, Stage::Done);
  const bool was_running = static_cast<bool>(job_);
  scan::HostResult partial = tools_.scan.abandon(std::exchange(job_, {}));
  if (!was_running) partial = std::exchange(found_, {});
  if (stage == Stage::Discovering) tools_.tasks.discovery.end();
  if (stage == Stage::Scanning && awaits_ports()) {
    take_ports(partial);
    tools_.tasks.scan.end(report->ports.size());
  }
  if (stage == Stage::Detecting) {
    tools_.detector->abandon(std::exchange(detection_, {}));
    tools_.tasks.versions.end(detected_ports_.size());
  }
  if (stage == Stage::Scripting) {
    script_run_->stop_starting();
    tools_.runtime->kill(this, outcome);
    tools_.tasks.scripts.end();
  }
}

void HostRun::finish() {
  report->end = tools_.events.clock().wall();
  for (PortReport& port : report->ports)
    if (port.detail) sort_by_id(port.detail->scripts);
  sort_by_id(report->scripts);
  tools_.events.host_finished(place_, report_);
}

}  // namespace sluice::engine
