// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "service/detector_parts.hpp"

// Functions of Detector for connections, from the queue to the conclusion of a probe.

namespace sluice::service {

namespace {

/// Time for a server to accept the next client and to respond.
constexpr Duration kMinTurn = std::chrono::milliseconds(250);

}  // namespace

void Detector::open_queued() {
  pump_ = false;
  while (!queued_.empty()) {
    Connection* connection = connections_.find(queued_.front());
    if (!connection) {
      queued_.pop_front();
      continue;
    }
    if (!connection->admitted && static_cast<double>(open_) >= window_) return;
    const TimePoint now = parts_.clock.now();
    if (parts_.rate && !parts_.rate->due(now)) {
      if (!rate_timer_) rate_timer_ = parts_.deadlines.arm(parts_.rate->next(), *this, kRateTimer);
      return;
    }
    queued_.pop_front();
    if (parts_.rate) parts_.rate->count(now);
    if (connection->admitted) {  // a further probe to a UDP port
      send(*connection);
      continue;
    }
    connection->admitted = true;
    ++open_;
    connection->stage = Stage::Slot;
    if (parts_.slots.request(connection->lease, operation(*connection))) connect(*connection);
  }
}

void Detector::connect(Connection& connection) {
  Port& port = ports_.at(connection.port);
  const Host& host = hosts_.at(port.host);
  parts_.slots.opened(connection.lease);
  connection.stage = Stage::Connect;
  connection.began = parts_.clock.now();
  connection.speculative = has_other_open(connection);
  ++port.opened;
  net::ConnectRequest request;
  request.transport = connection.transport;
  request.remote = {host.what.address, port.detection.request().port};
  request.local = host.what.local;
  request.local_is_optional = true;
  if (connection.transport == net::Transport::Tls) request.server_name = host.what.server_name;
  request.deadline = connection.began + (connection.transport == net::Transport::Tls ? kTlsTimeout : kConnectTimeout);
  request.report_icmp_errors = connection.transport == net::Transport::Udp;
  connection.socket = parts_.sockets.connect(request, operation(connection));
}

void Detector::send(Connection& connection) {
  const Port& port = ports_.at(connection.port);
  connection.began = parts_.clock.now();
  connection.deadline = connection.began + connection.probe->total_wait;
  trace_sending(port, *connection.probe);
  connection.stage = Stage::Send;
  parts_.sockets.send(connection.socket, connection.probe->payload, connection.deadline, operation(connection));
}

void Detector::receive(Connection& connection) {
  connection.stage = Stage::Receive;
  parts_.sockets.receive(connection.socket, {net::ReceiveCondition::Kind::Some, 1, options_.receive_limit},
                         connection.deadline, operation(connection));
}

void Detector::handle(Connection& connection, const core::Reply& reply) {
  switch (connection.stage) {
    case Stage::Slot:
      return connect(connection);
    case Stage::Connect:
      return handle_connect(connection, reply);
    case Stage::Send:
      return reply.status == core::Status::Ok ? receive(connection) : handle_end(connection, reply);
    case Stage::Receive:
      return reply.status == core::Status::Ok ? handle_data(connection, reply) : handle_end(connection, reply);
    case Stage::Queued:
    case Stage::Idle:
      return;
  }
}

void Detector::handle_connect(Connection& connection, const core::Reply& reply) {
  Port& port = ports_.at(connection.port);
  const TimePoint now = parts_.clock.now();
  if (reply.status == core::Status::Ok) {
    window_ = std::min(window_ + 1 / window_, static_cast<double>(options_.window));
    if (!port.connect_time && connection.transport == net::Transport::Tcp) port.connect_time = now - connection.began;
    if (!connection.probe->is_null()) return send(connection);
    connection.began = now;
    connection.deadline = now + connection.probe->total_wait;
    trace_sending(port, *connection.probe);
    mark_due(port);  // its silence allows a second connection
    return receive(connection);
  }
  if (reply.status == core::Status::Timeout && connection.transport == net::Transport::Tcp) {
    if (connection.began > halved_) {  // losses of connects from before belong to the same congestion
      window_ = std::max(window_ / 2, 1.0);
      halved_ = now;
    }
    if (++connection.timeouts < kMaxConnects) return reopen(connection);
  }
  if (connection.speculative || has_other_open(connection)) return probe_alone(connection);
  conclude(connection, Conclusion::Refused, false);
}

void Detector::handle_data(Connection& connection, const core::Reply& reply) {
  const std::size_t room = options_.receive_limit - connection.buffer.size();
  connection.buffer.append(reply.data, 0, room);
  // The server may have accepted the connection only when it had become the oldest one.
  if (!connection.has_read && connection.oldest_since != kNever)
    connection.deadline = std::max(connection.deadline, connection.oldest_since + connection.probe->total_wait);
  connection.has_read = true;
  std::optional<Hit> hit = connection.response->match(connection.buffer);
  if (hit && !hit->line->soft) {
    connection.improve(std::move(*hit));
    return conclude(connection, Conclusion::Hard, true);
  }
  if (hit && !connection.hit) connection.improve(std::move(*hit));
  if (connection.buffer.size() >= options_.receive_limit || reply.data.empty())
    return handle_end(connection, {.status = core::Status::Eof});
  receive(connection);
}

void Detector::handle_end(Connection& connection, const core::Reply& reply) {
  const bool still_open = reply.status == core::Status::Timeout, reset = reply.status == core::Status::Error;
  std::optional<Hit> hit;
  if (connection.has_read) hit = connection.response->finish(connection.buffer);
  const bool hard = hit && !hit->line->soft;
  if (hit && (hard || !connection.hit)) connection.improve(std::move(*hit));
  if (hard) return conclude(connection, Conclusion::Hard, still_open);
  const bool empty = connection.buffer.empty();
  if (still_open && empty && extend_wait(connection)) return receive(connection);
  // A response that ends with a reset is not in the fingerprint (docs/nse-compat.md, "Version detection").
  if (reset) connection.buffer.clear();
  if (connection.hit) return conclude(connection, Conclusion::Soft, still_open);
  if (!empty) return conclude(connection, Conclusion::Unmatched, still_open);
  // The socket stays usable after an ICMP refusal of one datagram.
  if (still_open || connection.transport == net::Transport::Udp) return conclude(connection, Conclusion::Silent, true);
  if (connection.speculative || has_other_open(connection)) return probe_alone(connection);
  const bool early = parts_.clock.now() - connection.began < connection.probe->tcp_wrapped;
  if (connection.probe->is_null() && early && connection.transport == net::Transport::Tcp)
    return conclude(connection, Conclusion::Wrapped, false);
  conclude(connection, Conclusion::Closed, false);
}

bool Detector::extend_wait(Connection& connection) {
  if (connection.transport == net::Transport::Udp) return false;
  const TimePoint now = parts_.clock.now();
  const Duration turn = std::max<Duration>(3 * round_trip(ports_.at(connection.port)), kMinTurn);
  connection.deadline = (connection.oldest_since == kNever ? now : connection.oldest_since) + turn;
  return connection.deadline > now;
}

void Detector::conclude(Connection& connection, Conclusion conclusion, bool still_open) {
  Port& port = ports_.at(connection.port);
  const Probe& probe = *connection.probe;
  if (parts_.trace && connection.hit) parts_.trace(match_text(port, probe, *connection.hit));
  const bool spoke = !connection.buffer.empty();
  ProbeResult result{&probe,
                     conclusion,
                     std::move(connection.buffer),
                     0,
                     std::move(connection.hit),
                     std::move(connection.soft),
                     still_open,
                     parts_.clock.now() - connection.began};
  const bool one_socket = connection.transport == net::Transport::Udp;
  const bool keep = still_open && conclusion != Conclusion::Hard && (probe.is_null() || one_socket);
  if (one_socket || !keep) result.cut();
  if (keep) {
    if (connection.stage == Stage::Receive) parts_.sockets.cancel(connection.socket);
    connection.stage = Stage::Idle;
    ++connection.operation;
  } else {
    end(connection);
  }
  if (port.detection.conclude(std::move(result)))
    end_all(port);
  else if (keep && !one_socket)
    settle_idle(port, spoke);
  mark_due(port);
}

/// Uses the connection of NULL, which is still open, for the next probe. If that probe is in flight or concluded on a
/// connection of its own, one of both is dropped: its own one if NULL had a response (PortDetection::conclude),
/// otherwise NULL's.
void Detector::settle_idle(Port& port, bool null_spoke) {
  const Probe* next = port.detection.first_after_null();
  Connection* own = next ? find_connection(port, *next) : nullptr;
  const bool taken = own || (next && port.detection.result_of(*next));
  if (null_spoke && own) {
    end(*own);
  } else if (taken || !next) {
    const std::vector<Handle> connections = port.connections;
    for (const Handle each : connections)
      if (Connection& idle = connections_.at(each); idle.stage == Stage::Idle) end(idle);
  }
}

void Detector::probe_alone(Connection& connection) {
  Port& port = ports_.at(connection.port);
  end(connection);
  port.detection.probe_alone();
  mark_due(port);
}

void Detector::reopen(Connection& connection) {
  Port& port = ports_.at(connection.port);
  const unsigned timeouts = connection.timeouts;
  const Probe& probe = *connection.probe;
  end(connection);
  send_probe(port, probe);
  find_connection(port, probe)->timeouts = timeouts;
}

void Detector::end(Connection& connection) noexcept {
  if (connection.socket) parts_.sockets.close(connection.socket);
  if (connection.admitted) --open_;
  pump_ = pump_ || !queued_.empty();
  if (Port* port = ports_.find(connection.port)) {
    std::erase(port->connections, connection.id);
    if (!port->connections.empty()) {
      Connection& oldest = connections_.at(port->connections.front());
      oldest.oldest_since = std::min(oldest.oldest_since, parts_.clock.now());
    }
  }
  connections_.erase(connection.id);
}

void Detector::end_all(Port& port) noexcept {
  while (!port.connections.empty()) end(connections_.at(port.connections.back()));
}

bool Detector::has_other_open(const Connection& connection) const {
  return std::ranges::any_of(ports_.at(connection.port).connections, [&](Handle each) {
    const Stage stage = connections_.at(each).stage;
    return each != connection.id && stage != Stage::Queued && stage != Stage::Slot;
  });
}

Detector::Connection* Detector::find_connection(Port& port, const Probe& probe) {
  for (const Handle each : port.connections)
    if (Connection& connection = connections_.at(each); connection.probe == &probe && connection.stage != Stage::Idle)
      return &connection;
  return nullptr;
}

core::Completion Detector::operation(Connection& connection) noexcept {
  return {this, {connection.id, ++connection.operation}};
}

}  // namespace sluice::service
