#include "scan/port_scan.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "scan/port_order.hpp"

namespace sluice::scan {

namespace {

std::uint64_t cookie_of(HostId id) noexcept { return std::uint64_t{id.generation} << 32 | id.index; }
HostId host_of(std::uint64_t cookie) noexcept {
  return {static_cast<std::uint32_t>(cookie), static_cast<std::uint32_t>(cookie >> 32)};
}

/// Of the deadlines that are no host's.
constexpr std::uint64_t kMost = ~std::uint64_t{0}, kLeast = kMost - 1;

std::string outcome_text(Protocol protocol, const core::Reply& reply) {
  if (reply.status == core::Status::Ok)
    return protocol == Protocol::Tcp ? "Connected" : std::to_string(reply.data.size()) + " bytes received";
  if (reply.status == core::Status::Error && reply.error != 0) return std::strerror(reply.error);
  return "No answer";
}

}  // namespace

PortScan::PortScan(Config config, net::Network& network, core::Deadlines& deadlines, const Clock& clock)
    : config_(std::move(config)), network_(network), deadlines_(deadlines), clock_(clock), random_(config_.seed) {
  if (config_.timing.max_rate) most_.emplace(*config_.timing.max_rate);
  if (config_.timing.min_rate) least_.emplace(*config_.timing.min_rate);
}

PortScan::~PortScan() {
  hosts_.for_each([this](HostId, Host& host) { remove(host); });
}

HostId PortScan::start(HostJob job, HostObserver& observer) {
  const HostId id = hosts_.emplace(std::move(job), observer, config_.timing.rtt);
  Host& host = hosts_.at(id);
  host.id = id;
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

bool PortScan::ready() const noexcept { return !inbox_.empty() || has_turns(); }

bool PortScan::has_turns() const noexcept {
  return probes_.size() < config_.timing.max_in_flight && !until_most_ &&
         (!round_.empty() || (!crowded_.empty() && !until_least_));
}

bool PortScan::may_serve() {
  if (!has_turns()) return false;
  if (!most_ && !least_) return true;
  const TimePoint now = clock_.now();
  if (most_ && !most_->due(now)) {
    until_most_ = deadlines_.arm(most_->next(), *this, kMost);
    return false;
  }
  if (round_.empty() && !least_->due(now)) {
    until_least_ = deadlines_.arm(least_->next(), *this, kLeast);
    return false;
  }
  return true;
}

void PortScan::count_sent(TimePoint now) noexcept {
  if (most_) most_->count(now);
  if (least_ && least_->due(now)) least_->count(now);  // what comes before its time takes no later one's place
}

void PortScan::run_turn() {
  take_replies();
  unsigned sent = 0;
  while (sent < kProbesPerTurn && may_serve()) {
    if (serve(round_.empty() ? crowded_.pop_front() : round_.pop_front())) ++sent;
    take_replies();  // a UDP socket connects at once
  }
}

void PortScan::take_replies() {
  while (!inbox_.empty()) {
    taken_.swap(inbox_);
    for (const Filed& filed : taken_) take(filed.ticket, filed.reply);
    taken_.clear();
  }
}

void PortScan::complete(core::Ticket ticket, core::Reply reply) {
  if (probes_.find(ticket.thread)) inbox_.emplace_back(ticket, std::move(reply));
}

void PortScan::expired(std::uint64_t cookie) {
  if (cookie == kMost || cookie == kLeast) {
    (cookie == kMost ? until_most_ : until_least_) = {};
    return;
  }
  Host& host = hosts_.at(host_of(cookie));
  host.timer = {};
  place(host);
}

bool PortScan::begin_pass(Host& host) {
  while (host.passes_left) {
    const Protocol protocol = host.next_protocol;
    host.next_protocol = Protocol::Udp;
    host.passes_left = protocol == Protocol::Tcp;
    const std::vector<std::uint16_t>& numbers = protocol == Protocol::Tcp ? host.job.tcp_ports : host.job.udp_ports;
    if (numbers.empty()) continue;
    host.ports.clear();
    host.ports.reserve(numbers.size());
    host.pass.emplace(protocol, port_order(numbers, config_.sequential, random_), config_.timing);
    for (const std::uint32_t index : host.pass->order)
      host.ports.push_back({numbers[index], false, verdict_of_silence(protocol)});
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
        host.result.ports.push_back({port.number, host.pass->protocol, port.verdict});
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
  if (!host.pass) return round_.push_back(host);
  const bool room = host.pass->pace.room(host.in_flight);
  if (host.pass->queue.empty() || (!room && !least_)) return;
  const auto due = held_until(host);
  if (!due) {
    host.crowded = !room;
    return (room ? round_ : crowded_).push_back(host);
  }
  if (host.timer)
    deadlines_.rearm(host.timer, *due);
  else
    host.timer = deadlines_.arm(*due, *this, cookie_of(host.id));
}

bool PortScan::serve(Host& host) {
  const bool crowded = std::exchange(host.crowded, false);
  if (!host.pass && !begin_pass(host)) {
    finish(host);
    return false;
  }
  // Replies and losses may have changed its mind since it took its place.
  const bool may_send =
      !host.pass->queue.empty() && (crowded || host.pass->pace.room(host.in_flight)) && !held_until(host);
  if (may_send)
    send_probe(host);  // the host may be gone
  else
    place(host);
  return may_send;
}

void PortScan::send_probe(Host& host) {
  const core::ThreadId probe_id = probes_.emplace();
  Probe& probe = probes_.at(probe_id);
  probe.host = host.id;
  probe.attempt = host.pass->queue.pop();
  probe.timeout = host.rtt.timeout(probe.attempt.retry);
  probe.sent = clock_.now();
  probe.ticket.thread = probe_id;
  host.last_sent = probe.sent;
  count_sent(probe.sent);
  host.probes.push_back(probe);
  ++host.in_flight;

  const Endpoint remote{host.job.address, host.ports[probe.attempt.port].number};
  const std::optional<Endpoint> local = local_for(remote.address);
  const TimePoint deadline = probe.sent + probe.timeout;
  trace(probe, host, "Operation now in progress");
  if (host.pass->protocol == Protocol::Udp) {
    probe.socket = network_.connect({.transport = net::Transport::Udp,
                                     .remote = remote,
                                     .local = local,
                                     .deadline = deadline,
                                     .hear_refusals = true},
                                    next_operation(probe));
    return place(host);
  }
  const net::Network::Probed probed = network_.probe(remote, local, deadline, next_operation(probe));
  probe.socket = probed.waiting;
  if (!probed.answer) return place(host);
  core::Reply reply;
  if (*probed.answer != 0) reply = {.status = core::Status::Error, .error = *probed.answer};
  take(probe, reply);
}

void PortScan::trace(const Probe& probe, const Host& host, std::string_view what) const {
  if (config_.trace)
    config_.trace(host.pass->protocol, {host.job.address, host.ports[probe.attempt.port].number}, what);
}

std::optional<Endpoint> PortScan::local_for(const Address& remote) const {
  if (config_.source && config_.source->family() == remote.family())
    return Endpoint{*config_.source, config_.source_port};
  if (config_.source_port != 0) return Endpoint{Address::any(remote.family()), config_.source_port};
  return std::nullopt;
}

core::Completion PortScan::next_operation(Probe& probe) noexcept {
  ++probe.ticket.operation;
  return {this, probe.ticket};
}

void PortScan::take(const core::Ticket& ticket, const core::Reply& reply) {
  Probe* probe = probes_.find(ticket.thread);
  if (probe && probe->ticket == ticket) take(*probe, reply);
}

void PortScan::take(Probe& probe, const core::Reply& reply) {
  Host& host = hosts_.at(probe.host);
  const Protocol protocol = host.pass->protocol;
  if (protocol == Protocol::Udp && go_on(probe, host, reply)) return;
  if (config_.trace) trace(probe, host, outcome_text(protocol, reply));
  const Try attempt = probe.attempt;
  const Duration round_trip = clock_.now() - probe.sent;
  drop(probe);
  settle(host, attempt, verdict_of(protocol, reply), round_trip);
}

bool PortScan::go_on(Probe& probe, const Host& host, const core::Reply& reply) {
  if (probe.stage == Probe::Stage::Receive || reply.status != core::Status::Ok) return false;
  const TimePoint now = clock_.now();
  if (probe.stage == Probe::Stage::Connect) {
    const std::uint16_t port = host.ports[probe.attempt.port].number;
    if (config_.payloads) probe.datagrams = config_.payloads(port);
    if (probe.datagrams.empty()) probe.datagrams.emplace_back();
    std::reverse(probe.datagrams.begin(), probe.datagrams.end());
    for (std::size_t more = 1; more < probe.datagrams.size(); ++more) count_sent(now);
    probe.stage = Probe::Stage::Send;
    probe.sent = now;
  }
  const TimePoint deadline = now + probe.timeout;
  if (!probe.datagrams.empty()) {
    std::string datagram = std::move(probe.datagrams.back());
    probe.datagrams.pop_back();
    network_.send(probe.socket, std::move(datagram), deadline, next_operation(probe));
  } else {
    probe.stage = Probe::Stage::Receive;
    network_.receive(probe.socket, {}, deadline, next_operation(probe));
  }
  return true;
}

void PortScan::settle(Host& host, Try attempt, const std::optional<Verdict>& verdict, Duration round_trip) {
  const HostId id = host.id;
  const std::size_t in_flight = host.in_flight + 1;
  const bool retry = attempt.retry > 0;
  Pass& pass = *host.pass;
  Port& port = host.ports[attempt.port];
  if (!verdict) {
    pass.pace.outcome(Outcome::Silent, retry, in_flight);
    if (pass.queue.silent(attempt)) port.settled = true;
  } else {
    const bool answered = verdict->state == PortState::Open || verdict->state == PortState::Closed;
    const bool refused = !answered || verdict->reason == Reason::PortUnreach;
    pass.pace.outcome(refused ? Outcome::Refused : Outcome::Answered, retry, in_flight);
    // A refusal that comes late was rationed, which says nothing of losses; over UDP, where it tells that a port is
    // closed, it is worth the wait for the others.
    if (!refused || pass.protocol == Protocol::Udp) pass.queue.answered(attempt);
    port.settled = true;
    port.verdict = *verdict;
    if (answered) host.rtt.measured(round_trip);
    if (!host.result.up && (answered || host.result.reason == Reason::NoResponse)) host.result.reason = verdict->reason;
    host.result.up = host.result.up || answered;
    if (host.job.kind == HostJob::Kind::Discovery) {
      if (answered) return finish(host);
    } else if (verdict->state == PortState::Open) {
      host.observer->on_port_open(id, port.number, pass.protocol);
      if (!hosts_.find(id)) return;
    }
  }
  if (pass.queue.empty() && host.in_flight == 0) {
    end_pass(host);
    if (!begin_pass(host)) return finish(host);
  }
  place(host);
}

void PortScan::drop(Probe& probe) noexcept {
  const net::SocketId socket = probe.socket;
  --hosts_.at(probe.host).in_flight;
  probes_.erase(probe.ticket.thread);  // before the close, whose completion is for nobody
  if (socket) network_.close(socket);
}

HostResult PortScan::remove(Host& host) {
  while (!host.probes.empty()) drop(host.probes.front());
  deadlines_.cancel(host.timer);
  end_pass(host);
  HostResult result = std::move(host.result);
  result.times = host.rtt.times();
  hosts_.erase(host.id);
  if (hosts_.size() == 0)
    for (core::Deadlines::Id* until : {&until_most_, &until_least_}) deadlines_.cancel(std::exchange(*until, {}));
  return result;
}

void PortScan::finish(Host& host) {
  HostObserver& observer = *host.observer;
  const HostId id = host.id;
  observer.on_host_done(id, remove(host));
}

}  // namespace sluice::scan
