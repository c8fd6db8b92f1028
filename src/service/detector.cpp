// SPDX-License-Identifier: Apache-2.0
#include "service/detector.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "service/detector_parts.hpp"

namespace sluice::service {

namespace {

using std::chrono_literals::operator""ms;

constexpr Duration kMinQuiet = 50ms;     ///< silence of NULL before a second connection
constexpr Duration kMinSilence = 250ms;  ///< silence of NULL before it counts as silent

}  // namespace

Detector::Detector(const ProbeFile& file, Matcher& matcher, const DetectorOptions& options, Parts parts)
    : file_(file),
      matcher_(matcher),
      options_(options),
      parts_(std::move(parts)),
      window_(static_cast<double>(options.window)) {}

Detector::~Detector() {
  parts_.deadlines.cancel(rate_timer_);
  std::vector<HostId> all;
  hosts_.for_each([&](HostId id, Host&) { all.push_back(id); });
  for (const HostId id : all) abandon(id);
}

HostId Detector::start(HostToDetect what, DetectionObserver& observer) {
  const HostId id = hosts_.emplace(std::move(what), observer);
  Host& host = hosts_.at(id);
  for (std::size_t index = 0; index < host.what.ports.size(); ++index) {
    const HostToDetect::Port& port = host.what.ports[index];
    DetectionRequest request{port.protocol, port.number, options_.intensity, 1};
    if (port.protocol == Protocol::Tcp && !options_.exact && !is_fragile(port.number))
      request.connections = std::max(options_.connections, 1u);
    const Handle made = ports_.emplace(PortDetection(file_, request), id, index, parts_.clock.now());
    ports_.at(made).id = made;
    host.ports.push_back(made);
  }
  host.id = id;
  host.undecided = host.ports.size();
  queue_host(host);
  start_ports();
  return id;
}

std::size_t Detector::ports_within(std::size_t slots) const noexcept {
  const bool several = !options_.exact && options_.connections > 1;
  return std::max<std::size_t>(several ? slots / 2 : slots, 1);
}

void Detector::queue_host(Host& host) {
  if (host.queued || host.begun == host.ports.size()) return;
  if (host.active() >= ports_within(parts_.slots.limits().per_host)) return;
  host.queued = true;
  waiting_.push_back(host.id);
}

void Detector::start_ports() {
  while (!waiting_.empty() && active_ < ports_within(parts_.slots.limits().total)) {
    Host* host = hosts_.find(waiting_.front());
    waiting_.pop_front();
    if (!host) continue;
    host->queued = false;
    Port& port = ports_.at(host->ports[host->begun++]);
    ++active_;
    port.started = parts_.clock.now();
    mark_due(port);
    queue_host(*host);
  }
}

void Detector::abandon(HostId id) {
  Host* host = hosts_.find(id);
  if (!host) return;
  active_ -= host->active();
  for (const Handle each : host->ports)
    if (Port* port = ports_.find(each)) {
      end_all(*port);
      parts_.deadlines.cancel(port->timer);
      ports_.erase(each);
    }
  hosts_.erase(id);
  start_ports();
}

double Detector::progress(HostId id) const {
  const Host* host = hosts_.find(id);
  if (!host || host->ports.empty()) return 1;
  return 1 - static_cast<double>(host->undecided) / static_cast<double>(host->ports.size());
}

void Detector::complete(core::Ticket ticket, core::Reply reply) { inbox_.push_back({ticket, std::move(reply)}); }

void Detector::expired(std::uint64_t cookie) {
  if (cookie == kRateTimer) {
    rate_timer_ = {};
    pump_ = true;
  } else if (Port* port = ports_.find(Handle::unpack(cookie))) {
    port->timer = {};
    mark_due(*port);
  }
}

void Detector::mark_due(Port& port) {
  if (std::exchange(port.due, true)) return;
  due_.push_back(port.id);
}

void Detector::run_turn() {
  const TimePoint until = parts_.clock.now() + kMaxTurn;
  const auto in_time = [&] { return parts_.clock.now() < until; };
  for (std::size_t filed = inbox_.size(); filed > 0; --filed) {
    const Filed next = std::move(inbox_.front());
    inbox_.pop_front();
    Connection* connection = connections_.find(next.ticket.thread);
    if (connection && connection->operation == next.ticket.operation) handle(*connection, next.reply);
    if (!in_time()) break;
  }
  // All replies are handled first, because a greeting among them forbids a second connection.
  for (std::size_t due = inbox_.empty() ? due_.size() : 0; due > 0; --due) {
    Port* port = ports_.find(due_.front());
    due_.pop_front();
    if (port) {
      port->due = false;
      update(*port);
    }
    if (!in_time()) break;
  }
  open_queued();
}

void Detector::update(Port& port) {
  const TimePoint now = parts_.clock.now();
  cut_null(port, now);
  const PortDetection::Status status = port.detection.status();
  if (status.outcome) return finish(port);
  const std::vector<Handle> connections = port.connections;
  for (const Handle each : connections)
    if (Connection& connection = connections_.at(each);
        connection.stage != Stage::Idle && std::ranges::find(status.wanted, connection.probe) == status.wanted.end())
      end(connection);
  for (std::size_t place = 0; place < status.wanted.size(); ++place) {
    const Probe& probe = *status.wanted[place];
    if (find_connection(port, probe)) continue;
    if (place > 0 && !may_speculate(port, now)) return;
    send_probe(port, probe);
  }
}

bool Detector::may_speculate(Port& port, TimePoint now) {
  TimePoint due = now;
  const Probe* null = file_.null_probe();
  if (const Connection* listening = null ? find_connection(port, *null) : nullptr) {
    if (listening->stage != Stage::Receive || !listening->buffer.empty()) return false;
    due = listening->began + std::max<Duration>(3 * round_trip(port), kMinQuiet);
  }
  // Other ports wait for their first connection. No event of this port shows the end of that wait, so the timer polls.
  if (parts_.slots.waiting() > 0) due = std::max(due, now + kMinQuiet);
  if (now >= due) return true;
  arm(port, due);
  return false;
}

void Detector::cut_null(Port& port, TimePoint now) {
  const Probe* null = file_.null_probe();
  Connection* listening = null && !options_.exact ? find_connection(port, *null) : nullptr;
  if (!listening || listening->stage != Stage::Receive || !listening->buffer.empty()) return;
  std::optional<Duration> silence = options_.patience;
  if (!silence) {
    const auto outcome = port.detection.outcome_without_null();
    if (!outcome || outcome->kind != PortDetection::Outcome::Kind::Matched) return;
    const ProbeResult& result = *port.detection.result_of(*outcome->probe);
    if (file_.server_first(result.hit->line->service)) return;
    silence = std::max<Duration>({3 * result.took, 10 * round_trip(port), kMinSilence});
  }
  if (now >= listening->began + *silence)
    conclude(*listening, Conclusion::Silent, true);
  else
    arm(port, listening->began + *silence);
}

void Detector::finish(Port& port) {
  end_all(port);
  parts_.deadlines.cancel(port.timer);
  const HostId id = port.host;
  const std::size_t index = port.index;
  Detected detected = detected_by(port, parts_.clock.now());
  ports_.erase(port.id);
  Host& host = hosts_.at(id);
  --host.undecided;
  --active_;
  queue_host(host);
  start_ports();
  host.observer->on_detected(id, index, std::move(detected));
  Host* left = hosts_.find(id);
  if (!left || left->undecided > 0) return;
  DetectionObserver& observer = *left->observer;
  hosts_.erase(id);
  observer.on_host_detected(id);
}

void Detector::send_probe(Port& port, const Probe& probe) {
  const bool udp = port.detection.request().protocol == Protocol::Udp;
  if (udp || &probe == port.detection.first_after_null())
    for (const Handle each : port.connections)
      if (Connection& idle = connections_.at(each); idle.stage == Stage::Idle) {
        idle.start_probe(probe, matcher_);
        // As in Nmap, the response to the first probe is appended to what NULL has received.
        if (!udp) idle.buffer = port.detection.result_of(*file_.null_probe())->response;
        if (!udp) return send(idle);
        idle.stage = Stage::Queued;
        return queued_.push_back(idle.id);
      }
  const Host& host = hosts_.at(port.host);
  const Handle id = connections_.emplace(parts_.slots, *host.what.line);
  Connection& connection = connections_.at(id);
  connection.id = id;
  connection.port = port.id;
  connection.transport = udp ? net::Transport::Udp : port.detection.tls() ? net::Transport::Tls : net::Transport::Tcp;
  connection.start_probe(probe, matcher_);
  if (port.connections.empty()) connection.oldest_since = TimePoint::min();
  port.connections.push_back(id);
  queued_.push_back(id);
}

Duration Detector::round_trip(const Port& port) const {
  const auto& srtt = hosts_.at(port.host).what.srtt;
  return srtt ? *srtt : port.connect_time.value_or(Duration{});
}

void Detector::arm(Port& port, TimePoint due) {
  if (port.timer && port.timer_due <= due) return;
  parts_.deadlines.cancel(port.timer);
  port.timer = parts_.deadlines.arm(due, *this, port.id.pack());
  port.timer_due = due;
}

}  // namespace sluice::service
