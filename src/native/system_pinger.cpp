// SPDX-License-Identifier: Apache-2.0
#include "native/system_pinger.hpp"

#include <net/if.h>

#include <cerrno>
#include <random>
#include <utility>
#include <vector>

#include "native/posix_socket.hpp"
#include "native/replies.hpp"

namespace sluice::net {

namespace {

constexpr std::size_t kLargestPacket = 2048;
constexpr unsigned kReceivedAtATime = 256;  ///< per call of the loop, so that other events are handled in between
constexpr int kNeighbourHops = 255;         ///< RFC 4861, 4.3

}  // namespace

SystemPinger::SystemPinger(EpollEventLoop& loop, core::Deadlines& deadlines, PingerOptions options)
    : loop_(loop),
      deadlines_(deadlines),
      options_(std::move(options)),
      id_(static_cast<std::uint16_t>(std::random_device{}())),
      buffer_(kLargestPacket, '\0') {}

SystemPinger::~SystemPinger() {
  in_flight_.for_each([this](PingId, InFlight& ping) { deadlines_.cancel(ping.timeout); });
}

SystemPinger::Way SystemPinger::way_of(const PingRequest& request) noexcept {
  if (!request.target.is_v4()) return Way::Icmp6;
  return request.ping == Ping::Neighbour ? Way::Arp : Way::Icmp;
}

int SystemPinger::open(Way way) {
  std::unique_ptr<Socket>& socket = sockets_[static_cast<std::size_t>(way)];
  if (socket) return 0;
  const PingSocket opened =
      way == Way::Arp ? open_arp() : open_icmp(way == Way::Icmp ? Family::Inet : Family::Inet6, options_);
  if (opened.error) return opened.error;
  socket = std::make_unique<Socket>(loop_);
  socket->descriptor.adopt(opened.descriptor);
  socket->raw = opened.raw;
  return 0;
}

Pinger::Sent SystemPinger::send(const PingRequest& request, core::Completion done) {
  const Way way = way_of(request);
  int error = open(way);
  if (!error) error = watch(way);
  const std::uint16_t sequence = request.ping == Ping::Neighbour ? std::uint16_t{0} : ++sequence_;
  if (!error) error = send_packet(*sockets_[static_cast<std::size_t>(way)], request, sequence);
  if (error) return lacks_resources(error) || error == EAGAIN ? Sent{.lacking = error} : Sent{.failed = error};
  const PingId id = in_flight_.emplace(InFlight{{request.ping, without_scope(request.target), sequence}, done, {}});
  InFlight& ping = in_flight_.at(id);
  by_key_.emplace(ping.key, id);
  ping.timeout = deadlines_.arm(request.deadline, *this, id.pack());
  return {.waiting = id};
}

int SystemPinger::send_packet(Socket& socket, const PingRequest& request, std::uint16_t sequence) {
  const int descriptor = socket.descriptor.number();
  if (request.ping != Ping::Neighbour) {
    if (request.ping == Ping::Timestamp && !socket.raw) return EPERM;
    const std::string packet = icmp_request(request.ping, request.target.family(), id_, sequence);
    return send_icmp(descriptor, {packet, request.target, request.source});
  }
  if (!request.route || !request.route->source) return EADDRNOTAVAIL;
  if (!socket.raw) return EPERM;
  const Address source = request.source.value_or(*request.route->source);
  const unsigned link = if_nametoindex(request.route->device.c_str());
  if (link == 0) return ENODEV;
  if (request.target.is_v4())
    return send_arp(descriptor, link, arp_request(request.route->mac, source, request.target));
  const std::string packet = neighbour_solicitation(request.route->mac, request.target);
  return send_icmp(descriptor, {packet, solicited_node_group(request.target, link), source, link, kNeighbourHops});
}

int SystemPinger::watch(Way way) {
  Socket& socket = *sockets_[static_cast<std::size_t>(way)];
  if (socket.watched) return 0;
  const int failure = socket.descriptor.wait(Readiness::Read, *this, static_cast<std::uint64_t>(way));
  socket.watched = failure == 0;
  return failure;
}

void SystemPinger::on_ready(std::uint64_t cookie, Readiness) { receive_all(static_cast<Way>(cookie)); }

void SystemPinger::receive_all(Way way) {
  Socket& socket = *sockets_[static_cast<std::size_t>(way)];
  socket.watched = false;
  for (unsigned count = 0; count < kReceivedAtATime; ++count) {
    const auto received = receive_ping(socket.descriptor.number(), buffer_);
    if (!received) break;
    const auto answer = way == Way::Arp ? read_arp(received->bytes) : read_icmp(received->bytes, received->sender);
    if (!answer) continue;
    // The kernel has already matched the id of a ping socket.
    if (answer->ping == Ping::Neighbour || !socket.raw || answer->id == id_) handle_answer(*received, *answer);
  }
  if (in_flight_.size() > 0) watch(way);
}

void SystemPinger::handle_answer(const PingReceived& received, const PingAnswer& answer) {
  const auto [first, last] = by_key_.equal_range({answer.ping, answer.target, answer.sequence});
  std::vector<PingId> answered;  // several attempts may have requested the same neighbour
  for (auto each = first; each != last; ++each) answered.push_back(each->second);
  core::Reply reply{.data = answer.mac, .ttl = answer.ping == Ping::Neighbour ? 0 : received.ttl};
  if (answer.refusal != core::Refusal::None) {
    reply.status = core::Status::Error;
    reply.refusal = answer.refusal;
  }
  for (const PingId id : answered) end(id)(reply);
}

void SystemPinger::cancel(PingId ping) noexcept {
  if (in_flight_.find(ping)) end(ping);
}

void SystemPinger::expired(std::uint64_t cookie) { end(PingId::unpack(cookie))({.status = core::Status::Timeout}); }

core::Completion SystemPinger::end(PingId id) {
  InFlight& ping = in_flight_.at(id);
  deadlines_.cancel(ping.timeout);
  const auto [first, last] = by_key_.equal_range(ping.key);
  for (auto each = first; each != last; ++each)
    if (each->second == id) {
      by_key_.erase(each);
      break;
    }
  const core::Completion done = ping.done;
  in_flight_.erase(id);
  return done;
}

}  // namespace sluice::net
