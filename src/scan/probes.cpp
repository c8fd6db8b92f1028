// SPDX-License-Identifier: Apache-2.0
// Functions of PortScan that send probes and handle failures to send.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "scan/port_scan.hpp"

namespace sluice::scan {

namespace {

constexpr auto kRetryAfter = std::chrono::milliseconds(100);
constexpr std::size_t kRetriedAtATime = 16;  ///< hosts: each attempt takes a few system calls
/// A shortage that occurs this long after the last one, with no host waiting, is a new one.
constexpr auto kNewShortage = std::chrono::seconds(5);

/// First timeout for a neighbour on the link, independent of the path. Two attempts take 1.5 s, as in Nmap.
constexpr auto kNeighbourTimeout = std::chrono::milliseconds(500);

std::string_view name_of(std::optional<net::Ping> ping, Protocol protocol, Family family) {
  if (!ping) return protocol == Protocol::Tcp ? "TCP" : "UDP";
  if (ping == net::Ping::Neighbour) return family == Family::Inet ? "ARP" : "ND";
  return ping == net::Ping::Echo ? "ICMP echo" : "ICMP timestamp";
}

std::string outcome_text(Protocol protocol, bool ping, const core::Reply& reply) {
  if (ping && reply.refusal != core::Refusal::None) return "Refused by the target";
  if (reply.status == core::Status::Ok && ping) return "Answered";
  if (reply.status == core::Status::Ok)
    return protocol == Protocol::Tcp ? "Connected" : std::to_string(reply.data.size()) + " bytes received";
  if (reply.status == core::Status::Error && reply.error != 0) return std::strerror(reply.error);
  return "No answer";
}

}  // namespace

void PortScan::send_probe(Host& host) {
  const core::ThreadId probe_id = probes_.emplace();
  Probe& probe = probes_.at(probe_id);
  probe.host = host.id;
  probe.attempt = host.pass->queue.pop();
  probe.timeout = timeout_of(host, probe.attempt);
  probe.sent = clock_.now();
  probe.ticket.thread = probe_id;
  host.last_sent = probe.sent;
  host.probes.push_back(probe);
  ++host.in_flight;

  const Endpoint remote{host.job.address, host.ports[probe.attempt.port].number};
  trace(probe, host, "Operation now in progress");
  if (host.ports[probe.attempt.port].ping) return send_ping(probe, host);
  if (host.pass->protocol == Protocol::Udp) {
    probe.socket = sockets_.connect({.transport = net::Transport::Udp,
                                     .remote = remote,
                                     .local = host.local,
                                     .report_icmp_errors = true,
                                     .wait_for_resources = false},
                                    next_operation(probe));
    return place(host);
  }
  const net::Prober::ProbeResult probed =
      prober_.probe(remote, host.local, probe.sent + probe.timeout, next_operation(probe));
  if (probed.lacking) return could_not_send(probe, *probed.lacking);
  count_sent(probe.sent);
  note_sent();
  probe.connect = probed.waiting;
  if (!probed.answer) return place(host);
  core::Reply reply;
  if (*probed.answer != 0) reply = {.status = core::Status::Error, .error = *probed.answer};
  handle_reply(probe, reply);
}

Duration PortScan::timeout_of(const Host& host, Attempt attempt) {
  const Duration timeout = host.rtt.timeout(attempt.retry);
  if (host.ports[attempt.port].ping != net::Ping::Neighbour) return timeout;
  return std::min<Duration>(timeout, kNeighbourTimeout * (1 << std::min(attempt.retry, 2u)));
}

void PortScan::send_ping(Probe& probe, Host& host) {
  net::PingRequest request;
  request.ping = *host.ports[probe.attempt.port].ping;
  request.target = host.job.address;
  if (config_.source && config_.source->family() == request.target.family()) request.source = config_.source;
  request.route = host.job.route ? &*host.job.route : nullptr;
  request.deadline = probe.sent + probe.timeout;
  const net::Pinger::Sent sent = config_.pinger->send(request, next_operation(probe));
  if (sent.lacking) return could_not_send(probe, *sent.lacking);
  const int failed = sent.failed.value_or(0);
  if (request.source && (failed == EINVAL || failed == EADDRNOTAVAIL))  // the source is no address of this machine
    return could_not_send(probe, failed);
  count_sent(probe.sent);
  note_sent();
  probe.ping = sent.waiting;
  if (sent.failed) return handle_reply(probe, {.status = core::Status::Error, .error = *sent.failed});
  place(host);
}

core::Completion PortScan::next_operation(Probe& probe) noexcept {
  ++probe.ticket.operation;
  return {this, probe.ticket};
}

std::optional<Endpoint> PortScan::local_for(const Address& remote) const {
  if (config_.source && config_.source->family() == remote.family())
    return Endpoint{*config_.source, config_.source_port};
  if (config_.source_port == 0) return std::nullopt;
  const std::optional<net::Route> route = remote.scope() == 0 ? routing_.route(remote) : std::nullopt;
  return Endpoint{route && route->source ? *route->source : Address::any(remote.family()), config_.source_port};
}

void PortScan::trace(const Probe& probe, const Host& host, std::string_view what) const {
  if (!config_.trace) return;
  const Port& port = host.ports[probe.attempt.port];
  config_.trace(name_of(port.ping, host.pass->protocol, host.job.address.family()), {host.job.address, port.number},
                what);
}

void PortScan::handle_reply(const core::Ticket& ticket, const core::Reply& reply) {
  Probe* probe = probes_.find(ticket.thread);
  if (probe && probe->ticket == ticket) handle_reply(*probe, reply);
}

void PortScan::handle_reply(Probe& probe, const core::Reply& reply) {
  Host& host = hosts_.at(probe.host);
  const Protocol protocol = host.pass->protocol;
  if (reply.status == core::Status::Lacking) return could_not_send(probe, reply.error);
  // The socket did not accept the datagram within the timeout for the answer.
  if (probe.stage == Probe::Stage::Send && reply.status == core::Status::Timeout) return could_not_send(probe, ENOBUFS);
  if (protocol == Protocol::Udp && go_on(probe, host, reply)) return;
  const std::optional<net::Ping> ping = host.ports[probe.attempt.port].ping;
  if (config_.trace) trace(probe, host, outcome_text(protocol, ping.has_value(), reply));
  if (ping && reply.status != core::Status::Timeout) {  // an answer to a ping ends the discovery
    host.result.reason_ttl = reply.ttl;
    host.result.mac = reply.data;
  }
  const Attempt attempt = probe.attempt;
  const Duration round_trip = clock_.now() - probe.sent;
  drop(probe);
  feed_one();
  settle(host, attempt, ping ? status_of_ping(*ping, host.job.address.family(), reply) : status_of(protocol, reply),
         round_trip);
}

bool PortScan::go_on(Probe& probe, const Host& host, const core::Reply& reply) {
  if (probe.stage == Probe::Stage::Receive || reply.status != core::Status::Ok) return false;
  const TimePoint now = clock_.now();
  if (probe.stage == Probe::Stage::Connect) {
    const std::uint16_t port = host.ports[probe.attempt.port].number;
    if (config_.payloads) probe.datagrams = config_.payloads(port);
    if (probe.datagrams.empty()) probe.datagrams.emplace_back();
    std::reverse(probe.datagrams.begin(), probe.datagrams.end());
    for (std::size_t datagram = 0; datagram < probe.datagrams.size(); ++datagram) count_sent(now);
    probe.stage = Probe::Stage::Send;
  } else {
    probe.sent = now;
    note_sent();
  }
  const TimePoint deadline = now + probe.timeout;
  if (!probe.datagrams.empty()) {
    std::string datagram = std::move(probe.datagrams.back());
    probe.datagrams.pop_back();
    sockets_.send(probe.socket, std::move(datagram), deadline, next_operation(probe));
  } else {
    probe.stage = Probe::Stage::Receive;
    sockets_.receive(probe.socket, {}, deadline, next_operation(probe));
  }
  return true;
}

void PortScan::could_not_send(Probe& probe, int error) {
  Host& host = hosts_.at(probe.host);
  const Attempt attempt = probe.attempt;
  if (config_.trace) trace(probe, host, std::strerror(error));
  drop(probe);
  host.last_sent.reset();
  const TimePoint now = clock_.now();
  if (!stuck_since_ || (starving_.empty() && now - last_lack_ > kNewShortage)) stuck_since_ = now;
  last_lack_ = now;
  if (now - *stuck_since_ < kPatience) {
    host.pass->queue.unsent(attempt);
    return starve(host);
  }
  if (Port& port = host.ports[attempt.port]; !port.settled) {
    if (config_.given_up) config_.given_up(error);
    mark_settled(host, port);
    port.status = kNotSent;
    if (!host.result.up) host.result.reason = kNotSent.reason;
  }
  move_on(host);
}

void PortScan::starve(Host& host) {
  ListNode<RoundTag>& node = host;
  node.unlink();
  host.crowded = false;
  starving_.push_back(host);
  arm_retry();
}

void PortScan::feed_one() noexcept {
  if (!starving_.empty()) round_.push_back(starving_.pop_front());
}

void PortScan::arm_retry() {
  if (!until_retry_) until_retry_ = deadlines_.arm(clock_.now() + kRetryAfter, *this, kRetryTimer);
}

void PortScan::retry_starving() {
  until_retry_ = {};
  for (std::size_t host = 0; host < kRetriedAtATime; ++host) feed_one();
  if (!starving_.empty()) arm_retry();
}

void PortScan::note_sent() noexcept {
  stuck_since_.reset();
  feed_one();
}

}  // namespace sluice::scan
