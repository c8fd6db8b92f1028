// SPDX-License-Identifier: Apache-2.0
#include "scan/port_scan.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "scan/port_order.hpp"

namespace sluice::scan {

PortScan::PortScan(Config config, Parts parts)
    : config_(std::move(config)),
      prober_(parts.prober),
      sockets_(parts.sockets),
      routing_(parts.routing),
      deadlines_(parts.deadlines),
      clock_(parts.clock),
      random_(config_.seed) {
  if (config_.timing.max_rate) max_rate_.emplace(*config_.timing.max_rate);
  if (config_.timing.min_rate) {
    min_rate_.emplace(*config_.timing.min_rate);
    kept_.emplace(*config_.timing.min_rate);
  }
}

PortScan::~PortScan() {
  hosts_.for_each([this](HostId, Host& host) { remove(host); });
}

HostId PortScan::start(HostJob job, HostObserver& observer) {
  const HostId id = hosts_.emplace(std::move(job), observer, config_.timing.rtt);
  Host& host = hosts_.at(id);
  host.id = id;
  host.local = local_for(host.job.address);
  place(host);
  return id;
}

HostResult PortScan::abandon(HostId id) {
  Host* host = hosts_.find(id);
  return host ? remove(*host) : HostResult{};
}

double PortScan::progress(HostId id) const {
  const Host* host = hosts_.find(id);
  if (!host) return 0;
  const auto settled =
      std::count_if(host->ports.begin(), host->ports.end(), [](const Port& port) { return port.settled; });
  const std::size_t all = host->job.tcp_ports.size() + host->job.udp_ports.size();
  return static_cast<double>(host->result.ports.size() + static_cast<std::size_t>(settled)) / static_cast<double>(all);
}

bool PortScan::ready() const noexcept { return !inbox_.empty() || tell_now_ || has_turns(); }

bool PortScan::has_turns() const noexcept {
  return probes_.size() < config_.timing.max_in_flight && !max_rate_timer_ &&
         (!round_.empty() || (!window_full_.empty() && !min_rate_timer_));
}

bool PortScan::may_serve() {
  if (!has_turns()) return false;
  if (!max_rate_ && !min_rate_) return true;
  const TimePoint now = clock_.now();
  if (max_rate_ && !max_rate_->due(now)) {
    max_rate_timer_ = deadlines_.arm(max_rate_->next(), *this, kMaxRateTimer);
    return false;
  }
  if (round_.empty() && !min_rate_->due(now)) {
    min_rate_timer_ = deadlines_.arm(min_rate_->next(), *this, kMinRateTimer);
    return false;
  }
  return true;
}

void PortScan::count_sent(TimePoint now) noexcept {
  if (max_rate_) max_rate_->count(now);
  if (kept_) kept_->sent(min_rate_->next(), now);
  if (min_rate_ && min_rate_->due(now)) min_rate_->count(now);  // a probe before its time does not use up that time
}

void PortScan::run_turn() {
  take_replies();
  if (std::exchange(tell_now_, false)) tell_settled();
  const TimePoint end = clock_.now() + kLongestTurn;
  unsigned sent = 0;
  while (sent < kProbesPerTurn && may_serve()) {
    if (serve(round_.empty() ? window_full_.pop_front() : round_.pop_front())) ++sent;
    take_replies();  // the connect of a UDP socket completes at once
    if (clock_.now() > end) break;
  }
}

void PortScan::take_replies() {
  while (!inbox_.empty()) {
    taken_.swap(inbox_);
    for (const Filed& filed : taken_) handle_reply(filed.ticket, filed.reply);
    taken_.clear();
  }
}

void PortScan::complete(core::Ticket ticket, core::Reply reply) {
  if (probes_.find(ticket.thread)) inbox_.emplace_back(ticket, std::move(reply));
}

void PortScan::expired(std::uint64_t cookie) {
  if (cookie == kMaxRateTimer || cookie == kMinRateTimer) {
    (cookie == kMaxRateTimer ? max_rate_timer_ : min_rate_timer_) = {};
    return;
  }
  if (cookie == kRetryTimer) return retry_starving();
  if (cookie == kTellTimer) {
    until_tell_ = {};
    tell_now_ = true;
    return;
  }
  Host& host = hosts_.at(HostId::unpack(cookie));
  host.timer = {};
  place(host);
}

bool PortScan::begin_pass(Host& host) {
  while (host.passes_left) {
    const Protocol protocol = host.next_protocol;
    host.next_protocol = Protocol::Udp;
    host.passes_left = protocol == Protocol::Tcp;
    const std::vector<std::uint16_t>& numbers = protocol == Protocol::Tcp ? host.job.tcp_ports : host.job.udp_ports;
    const std::vector<net::Ping> pings =
        protocol == Protocol::Tcp ? std::move(host.job.pings) : std::vector<net::Ping>{};
    if (numbers.empty() && pings.empty()) continue;
    host.ports.clear();
    host.ports.reserve(numbers.size() + pings.size());
    host.pass.emplace(protocol, port_order(numbers, config_.sequential, random_), pings.size(), config_.timing);
    const PortStatus silence = status_of_silence(protocol);
    // As in Nmap, timestamp requests are last. The first answer determines the reason.
    for (const net::Ping ping : pings)
      if (ping != net::Ping::Timestamp) host.ports.push_back({0, false, silence, ping});
    for (const std::uint32_t index : host.pass->order) host.ports.push_back({numbers[index], false, silence});
    for (const net::Ping ping : pings)
      if (ping == net::Ping::Timestamp) host.ports.push_back({0, false, silence, ping});
    return true;
  }
  return false;
}

void PortScan::end_pass(Host& host) {
  if (!host.pass) return;
  if (host.job.kind == HostJob::Kind::Ports) {
    const std::vector<std::uint32_t>& order = host.pass->order;
    std::vector<std::uint32_t> places(order.size());
    for (std::uint32_t place = 0; place < order.size(); ++place) places[order[place]] = place;
    host.result.ports.reserve(host.result.ports.size() + places.size());
    for (const std::uint32_t place : places)
      if (const Port& port = host.ports[place]; port.settled)
        host.result.ports.push_back({port.number, host.pass->protocol, port.status});
  }
  host.ports.clear();
  host.pass.reset();
}

std::optional<TimePoint> PortScan::held_until(const Host& host) const noexcept {
  if (!host.last_sent) return std::nullopt;
  const Duration delay = host.pass->pace.delay(host.pass->queue.next_is_retry());
  const TimePoint due = *host.last_sent + delay;
  return delay > Duration{0} && due > clock_.now() ? std::optional(due) : std::nullopt;
}

void PortScan::place(Host& host) {
  ListNode<RoundTag>& node = host;
  if (node.linked() && !host.crowded) return;
  node.unlink();
  host.crowded = false;
  if (kept_ && round_.empty() && window_full_.empty()) kept_->wanted(clock_.now());
  if (!host.pass) return round_.push_back(host);
  const bool room = host.pass->pace.room(host.in_flight);
  if (host.pass->queue.empty() || (!room && !min_rate_)) return;
  const auto due = held_until(host);
  if (!due) {
    host.crowded = !room;
    return (room ? round_ : window_full_).push_back(host);
  }
  if (host.timer)
    deadlines_.rearm(host.timer, *due);
  else
    host.timer = deadlines_.arm(*due, *this, host.id.pack());
}

bool PortScan::serve(Host& host) {
  const bool crowded = std::exchange(host.crowded, false);
  if (!host.pass && !begin_pass(host)) {
    finish(host);
    return false;
  }
  // Replies may have changed the window since the host was placed.
  const bool may_send =
      !host.pass->queue.empty() && (crowded || host.pass->pace.room(host.in_flight)) && !held_until(host);
  if (may_send)        // may end the host
    send_probe(host);  // the host may have ended
  else
    place(host);
  return may_send;
}

void PortScan::settle(Host& host, Attempt attempt, const std::optional<PortStatus>& status, Duration round_trip) {
  const HostId id = host.id;
  const std::size_t in_flight = host.in_flight + 1;
  const bool retry = attempt.retry > 0;
  Pass& pass = *host.pass;
  Port& port = host.ports[attempt.port];
  if (!status) {
    pass.pace.outcome(Outcome::Silent, retry, in_flight);
    if (pass.queue.silent(attempt)) {
      mark_settled(host, port);
      note_settled(host, port);
    }
  } else {
    const bool answered = status->state == PortState::Open || status->state == PortState::Closed;
    const bool refused = !answered || status->reason == Reason::PortUnreach;
    pass.pace.outcome(refused ? Outcome::Refused : Outcome::Answered, retry, in_flight);
    // A late refusal shows a rate limit and no loss. Over UDP a refusal means a closed port, so further retransmissions
    // are worth their time.
    if (!refused || pass.protocol == Protocol::Udp) pass.queue.answered(attempt);
    mark_settled(host, port);
    port.status = *status;
    note_settled(host, port);
    if (answered) host.rtt.measured(round_trip);
    if (!host.result.up && (answered || host.result.reason == Reason::NoResponse)) host.result.reason = status->reason;
    host.result.up = host.result.up || answered;
    if (host.job.kind == HostJob::Kind::Discovery) {
      if (answered) return finish(host);
    } else if (status->state == PortState::Open) {
      host.observer->on_port_open(id, port.number, pass.protocol);
      if (!hosts_.find(id)) return;
    }
  }
  move_on(host);
}

void PortScan::mark_settled(const Host& host, Port& port) noexcept {
  if (!port.settled && host.job.kind == HostJob::Kind::Ports) ++settled_;
  port.settled = true;
}

void PortScan::note_settled(Host& host, const Port& port) {
  if (!config_.tells_ports || host.job.kind != HostJob::Kind::Ports) return;
  host.untold.push_back({port.number, host.pass->protocol, port.status});
  if (ListNode<TellTag>& node = host; !node.linked()) untold_.push_back(host);
  if (!until_tell_ && !tell_now_) until_tell_ = deadlines_.arm(clock_.now() + kTellEvery, *this, kTellTimer);
}

std::vector<ScannedPort> PortScan::settled_ports(const Host& host) {
  std::vector<ScannedPort> ports = host.result.ports;
  for (const Port& port : host.ports)
    if (port.settled && !port.ping) ports.push_back({port.number, host.pass->protocol, port.status});
  return ports;
}

void PortScan::tell_settled() {
  while (!untold_.empty()) {
    Host& host = untold_.pop_front();
    HostResult so_far;
    so_far.ports = std::exchange(host.untold, {});
    so_far.times = host.rtt.times();
    host.told += so_far.ports.size();
    // The calls with all ports together have at most some 16 times the ports.
    const bool all = ++host.parts > std::max(kMostParts, host.told / 16);
    if (all) {
      host.parts = 0;
      so_far.ports = settled_ports(host);
    }
    host.observer->on_ports_settled(host.id, so_far, all);
  }
}

void PortScan::move_on(Host& host) {
  if (host.pass->queue.empty() && host.in_flight == 0) {
    end_pass(host);
    if (!begin_pass(host)) return finish(host);
  }
  place(host);
}

void PortScan::drop(Probe& probe) noexcept {
  const net::SocketId socket = probe.socket;
  if (probe.ping) config_.pinger->cancel(probe.ping);
  if (probe.connect) prober_.cancel_probe(probe.connect);
  --hosts_.at(probe.host).in_flight;
  probes_.erase(probe.ticket.thread);  // before the close, so that its completion is dropped
  if (socket) sockets_.close(socket);
}

HostResult PortScan::remove(Host& host) {
  while (!host.probes.empty()) drop(host.probes.front());
  deadlines_.cancel(host.timer);
  end_pass(host);
  HostResult result = std::move(host.result);
  result.times = host.rtt.times();
  hosts_.erase(host.id);
  if (hosts_.size() == 0)
    for (core::Deadlines::Id* until : {&max_rate_timer_, &min_rate_timer_, &until_retry_, &until_tell_})
      deadlines_.cancel(std::exchange(*until, {}));
  return result;
}

void PortScan::finish(Host& host) {
  HostObserver& observer = *host.observer;
  const HostId id = host.id;
  observer.on_host_done(id, remove(host));
}

}  // namespace sluice::scan
