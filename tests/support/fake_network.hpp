// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "core/deadlines.hpp"
#include "support/fake_server.hpp"

namespace sluice::net {

/// A Network in memory and in virtual time. Each endpoint behaves as its FakeServer says. An endpoint without one
/// behaves as the servers tcp() and udp(), which refuse by default.
///
/// An operation that takes time completes in Deadlines::expire. One that takes no time completes before the call
/// returns; if `at_once` is false, it completes in the next expire(). The destructor fails the test if sockets are
/// left. Not thread-safe.
class FakeNetwork : public Network, private core::Expirable {
 public:
  FakeNetwork(core::Deadlines& deadlines, const Clock& clock) : deadlines_(deadlines), clock_(clock) {
    tcp_default_.refuse();
    udp_default_.refuse();
  }
  ~FakeNetwork() override {
    EXPECT_EQ(sockets_.size(), 0u) << "sockets were never closed";
    sockets_.for_each([this](Handle, Socket& socket) { disarm(socket); });
    for (auto& [key, lookup] : lookups_) deadlines_.cancel(lookup.deadline);
  }

  bool at_once = true;                 ///< operations that take no time complete before the call returns
  bool without_tls = false;            ///< behaves as a build without OpenSSL
  bool privileged = true;              ///< raw sockets, Ethernet and captures can be opened
  std::map<Endpoint, int> unbindable;  ///< local ends that cannot be bound, with the errno
  /// Return the errno of a resource shortage with which opening a socket towards an endpoint, or sending to it, fails;
  /// 0: none. They apply to probes and to sockets that do not wait for resources.
  std::function<int(const Endpoint& remote)> lack_of_open = [](const Endpoint&) { return 0; };
  std::function<int(const Endpoint& remote)> lack_of_send = [](const Endpoint&) { return 0; };
  std::vector<Interface> interface_list;
  std::map<Address, Route> routes;

  /// Returns the server at an endpoint. The first call for an endpoint creates it; it accepts connections.
  FakeServer& tcp(const Endpoint& where) { return tcp_[where]; }
  FakeServer& udp(const Endpoint& where) { return udp_[where]; }
  FakeServer& tcp(const char* address, std::uint16_t port) { return tcp({*Address::parse(address), port}); }
  FakeServer& udp(const char* address, std::uint16_t port) { return udp({*Address::parse(address), port}); }
  /// Returns the server that stands for a command. Its banner is the output of the command, and bytes that are written
  /// to the command are sent to it. refuse() means that the shell cannot be run.
  FakeServer& command(const std::string& line) { return commands_[line]; }
  /// Return the servers for all endpoints without one.
  FakeServer& tcp() { return tcp_default_; }
  FakeServer& udp() { return udp_default_; }
  /// Adds a name, whose look-up takes `time`. Without addresses the look-up never completes.
  void name(std::string host, std::vector<Address> addresses, Duration time = {}) {
    names_[std::move(host)] = {std::move(addresses), time};
  }
  /// Adds the name of an address, whose look-up takes `time`.
  void reverse_name(const Address& address, std::string host, Duration time = {}) {
    reverse_names_[address] = {std::move(host), time};
  }

  /// Adds a frame that passes after the time `in`. All captures that are open then receive it, whatever their filters
  /// are.
  void frame_passes(Duration in, std::string frame) { frames_.push_back({clock_.now() + in, std::move(frame)}); }
  /// Returns the frame that answers a packet or frame that was sent; all open captures receive it. Returns nothing for
  /// none.
  std::function<std::optional<std::string>(const std::string& packet)> answer_packet;
  /// The IP packets and Ethernet frames that were sent.
  [[nodiscard]] const std::vector<std::string>& packets() const { return packets_; }
  [[nodiscard]] const std::vector<CaptureRequest>& captures() const { return captures_; }

  /// Number of sockets with an open descriptor.
  [[nodiscard]] std::size_t open_sockets() const { return open_; }
  [[nodiscard]] std::size_t peak_open_sockets() const { return peak_; }
  /// Number of sockets that are connected or being connected, by remote host. Probes of the port scan do not count.
  [[nodiscard]] std::map<Address, std::size_t> connections() const {
    std::map<Address, std::size_t> counts;
    sockets_.for_each([&](Handle, const Socket& socket) {
      if (socket.descriptor && socket.server && !socket.probe) ++counts[socket.info.remote->address];
    });
    return counts;
  }
  /// A connect or a probe.
  struct Attempt {
    TimePoint at;
    Transport transport;
    Endpoint remote;
    std::optional<Endpoint> local;
    bool probe = false;
  };
  [[nodiscard]] const std::vector<Attempt>& attempts() const { return attempts_; }
  /// Names that were looked up, in order.
  [[nodiscard]] const std::vector<std::string>& lookups() const { return asked_; }
  /// The number of look-ups that have not completed. Each has a deadline.
  [[nodiscard]] std::size_t pending_lookups() const { return lookups_.size(); }
  /// True if the socket has a pending operation.
  [[nodiscard]] bool busy(SocketId id) const { return sockets_.find(id) && sockets_.find(id)->pending; }

  SocketId connect(const ConnectRequest& request, core::Completion done) override {
    const int lack = request.wait_for_resources ? 0 : lack_of_open(request.remote);
    if (lack == 0) return open(request, false, done);
    const SocketId id = sockets_.emplace();
    done({.status = core::Status::Lacking, .error = lack});
    return id;
  }
  ProbeResult probe(const Endpoint& remote, const std::optional<Endpoint>& local, TimePoint deadline,
                    core::Completion done) override {
    struct : core::Completions {
      void complete(core::Ticket, core::Reply got) override { reply = std::move(got); }
      std::optional<core::Reply> reply;
    } on_the_spot;
    if (const int lack = lack_of_open(remote)) return {.lacking = lack};
    const SocketId id = open({.transport = Transport::Tcp, .remote = remote, .local = local, .deadline = deadline},
                             true, {&on_the_spot, done.ticket});
    if (on_the_spot.reply) return {.answer = on_the_spot.reply->error};
    sockets_.at(id).done = done;
    return {.waiting = id};
  }
  Result<SocketId> open_udp(Family family, const std::optional<Endpoint>& local) override {
    const SocketId id = sockets_.emplace();
    Socket& socket = sockets_.at(id);
    socket.info.transport = Transport::Udp;
    const auto failure = local ? unbindable.find(*local) : unbindable.end();
    if (failure != unbindable.end()) socket.info.unbound = failure->second;
    socket.info.local = local && !socket.info.unbound ? *local : Endpoint{Address::any(family), next_port_++};
    socket.connected = true;
    opened(socket);
    return id;
  }
  Result<SocketId> open_raw_ip(Family) override { return open_beneath(Transport::RawIp); }
  Result<SocketId> open_ethernet(const std::string&) override { return open_beneath(Transport::Ethernet); }
  Result<SocketId> open_capture(const CaptureRequest& request) override {
    auto id = open_beneath(Transport::Capture);
    if (!id) return id;
    captures_.push_back(request);
    for (const Frame& frame : frames_)
      if (frame.at >= clock_.now()) arrive(sockets_.at(*id), {frame.at, FakeServer::Kind::Data, frame.bytes});
    return id;
  }
  SocketId run(const CommandRequest& request, core::Completion done) override {
    const SocketId id = sockets_.emplace();
    Socket& socket = sockets_.at(id);
    socket.info.transport = Transport::Command;
    FakeServer& command = *(socket.server = &commands_[request.line]);
    ++command.attempts_;
    if (command.mode_ == FakeServer::Mode::Refuse) {
      done({.status = core::Status::Error, .error = command.error_});
      return id;
    }
    opened(socket);
    socket.connected = socket.runs = true;
    for (const FakeServer::Step& step : command.greeting_)
      arrive(socket, {clock_.now() + step.after, step.kind, step.data});
    if (command.mode_ != FakeServer::Mode::Silent) {
      socket.exits = clock_.now() + command.clock_;
      arrive(socket, {socket.exits, FakeServer::Kind::Eof, {}});
    }
    start_operation(socket, Doing::Connect, kNever, done);
    socket.ready = clock_.now();
    settle(id);
    return id;
  }
  /// The file that is adopted is empty.
  SocketId adopt_file(int descriptor) override {
    ::close(descriptor);
    const SocketId id = sockets_.emplace();
    Socket& socket = sockets_.at(id);
    socket.info.transport = Transport::Command;
    opened(socket);
    socket.connected = true;
    arrive(socket, {clock_.now(), FakeServer::Kind::Eof, {}});
    return id;
  }
  void wait_exit(SocketId id, core::Completion done) override {
    Socket* socket = sockets_.find(id);
    if (!socket || !socket->runs) return done({.status = core::Status::Error, .error = ECHILD});
    start_operation(*socket, Doing::Exit, kNever, done);
    drop_descriptor(*socket);
    socket->ready = socket->exits;
    settle(id);
  }
  void kill(SocketId id) noexcept override {
    Socket* socket = sockets_.find(id);
    if (!socket || !socket->runs || socket->exits <= clock_.now()) return;
    ++socket->server->kills_;
    socket->exits = clock_.now();
    socket->killed = true;
  }
  std::vector<Interface> interfaces() const override { return interface_list; }
  std::optional<Route> route(const Address& to) const override {
    const auto known = routes.find(to);
    return known == routes.end() ? std::nullopt : std::optional(known->second);
  }
  void send(SocketId id, std::string data, TimePoint deadline, core::Completion done) override {
    Socket* socket = usable(id, done);
    if (!socket) return;
    if (socket->info.transport == Transport::Ethernet) return send_packet(id, std::move(data), done);
    if (!socket->server) return done({.status = core::Status::Error, .error = EDESTADDRREQ});
    if (socket->reset) return done({.status = core::Status::Error, .error = EPIPE});
    if (const int lack = socket->waits ? 0 : lack_of_send(*socket->info.remote))
      return done({.status = core::Status::Lacking, .error = lack});
    start_operation(*socket, Doing::Send, deadline, done);
    if (!socket->server->stalls_) {
      deliver(id, *socket->server, std::move(data));
      socket->ready = clock_.now();
    }
    settle(id);
  }
  void send_to(SocketId id, const Endpoint& remote, std::string data, core::Completion done) override {
    Socket* socket = usable(id, done);
    if (!socket) return;
    if (socket->info.transport == Transport::RawIp) return send_packet(id, std::move(data), done);
    start_operation(*socket, Doing::Send, kNever, done);
    socket->info.remote = remote;
    deliver(id, server_at(Transport::Udp, remote), std::move(data));
    socket->ready = clock_.now();
    settle(id);
  }
  void receive(SocketId id, ReceiveCondition want, TimePoint deadline, core::Completion done) override {
    Socket* socket = usable(id, done);
    if (!socket) return;
    start_operation(*socket, Doing::Receive, deadline, done);
    socket->want = want;
    settle(id);
  }
  void upgrade_tls(SocketId id, std::string server_name, TimePoint deadline, core::Completion done) override {
    if (without_tls) return done({.status = core::Status::Refused, .data = kNoTls});
    Socket* socket = usable(id, done);
    if (!socket) return;
    start_operation(*socket, Doing::Connect, deadline, done);
    shake_hands(*socket, std::move(server_name), clock_.now());
    settle(id);
  }
  std::optional<SocketInfo> info(SocketId id) const override {
    const Socket* socket = sockets_.find(id);
    return socket ? std::optional(socket->info) : std::nullopt;
  }
  bool is_open(SocketId id) const { return sockets_.find(id) && sockets_.find(id)->descriptor; }
  bool is_tls(SocketId id) const override { return sockets_.find(id) && sockets_.find(id)->tls; }
  CertificateChain peer_certificates(SocketId id) const override {
    return is_tls(id) ? sockets_.find(id)->server->chain_ : CertificateChain{};
  }
  void cancel(SocketId id) noexcept override {
    Socket* socket = sockets_.find(id);
    if (!socket) return;
    socket->pending = false;
    disarm(*socket);
  }
  void cancel_probe(ProbeId id) noexcept override {
    if (!sockets_.find(id)) return;
    cancel(id);
    forget(id);
  }
  void close(SocketId id) noexcept override {
    Socket* socket = sockets_.find(id);
    if (!socket) return;
    const bool pending = std::exchange(socket->pending, false);
    const core::Completion done = socket->done;
    forget(id);
    if (pending) done({.status = core::Status::Cancelled});
  }
  void resolve(std::string name, std::optional<Family> family, core::Completion done) override {
    asked_.push_back(name);
    core::Reply reply;
    Duration time{};
    if (auto numeric = Address::parse(name)) {
      reply.addresses = {*numeric};
    } else if (auto known = names_.find(name); known != names_.end()) {
      if (known->second.addresses.empty()) return;
      reply.addresses = known->second.addresses;
      time = known->second.time;
    }
    if (family) std::erase_if(reply.addresses, [&](const Address& a) { return a.family() != *family; });
    if (reply.addresses.empty()) reply = {.status = core::Status::Refused, .data = "Name or service not known"};
    later(time, std::move(reply), done);
  }
  void resolve_by_system(std::string name, std::optional<Family> family, core::Completion done) override {
    resolve(std::move(name), family, done);
  }
  void reverse(const Address& address, core::Completion done) override {
    const auto known = reverse_names_.find(address);
    if (known == reverse_names_.end()) return later({}, {.status = core::Status::Error}, done);
    later(known->second.time, {.data = known->second.host}, done);
  }

 private:
  static constexpr const char* kNoTls = "sorry, you don't have OpenSSL";
  static constexpr std::uint64_t kLookup = std::uint64_t{1}
                                           << 63;  ///< distinguishes cookies of look-ups from sockets' ones
  enum class Doing : std::uint8_t { Connect, Send, Receive, Exit };
  struct Arrival {
    TimePoint at;
    FakeServer::Kind kind;
    std::string data;
    int error = 0;
  };
  struct Frame {
    TimePoint at;
    std::string bytes;
  };
  struct Socket {
    SocketInfo info;
    FakeServer* server = nullptr;
    bool probe = false, descriptor = false, connected = false, counted = false, tls = false, reset = false;
    bool waits = true;                  ///< waits for resources
    bool runs = false, killed = false;  ///< for a command
    TimePoint exits = kNever;           ///< for a command
    std::deque<Arrival> arrivals;       ///< by time
    std::string gathered;               ///< bytes of the pending receive
    std::size_t sends = 0;
    std::vector<std::string> unread;  ///< bytes that were sent before a server of in_turn() serves the connection
    // The pending operation.
    bool pending = false;
    Doing doing = Doing::Connect;
    core::Completion done;
    TimePoint deadline = kNever, ready = kNever;
    int outcome = 0;  ///< errno of the connect, which completes at `ready`
    bool wants_tls = false;
    ReceiveCondition want;
    core::Deadlines::Id timer;
  };
  struct Name {
    std::vector<Address> addresses;
    Duration time{};
  };
  struct ReverseName {
    std::string host;
    Duration time{};
  };
  struct Lookup {
    core::Reply reply;
    core::Completion done;
    core::Deadlines::Id deadline;
  };

  Result<SocketId> open_beneath(Transport transport) {
    if (!privileged) return Error{"Operation not permitted (errno 1)"};
    const SocketId id = sockets_.emplace();
    Socket& socket = sockets_.at(id);
    socket.info.transport = transport;
    socket.connected = true;
    opened(socket);
    return id;
  }
  void send_packet(SocketId id, std::string packet, core::Completion done) {
    start_operation(sockets_.at(id), Doing::Send, kNever, done);
    sockets_.at(id).ready = clock_.now();
    auto answer = answer_packet ? answer_packet(packet) : std::nullopt;
    packets_.push_back(std::move(packet));
    if (answer)
      sockets_.for_each([&](SocketId each, Socket& socket) {
        if (socket.info.transport != Transport::Capture) return;
        arrive(socket, {clock_.now(), FakeServer::Kind::Data, *answer});
        if (socket.pending) settle(each);
      });
    settle(id);
  }

  static std::uint64_t cookie(SocketId id) { return id.pack() & ~kLookup; }

  FakeServer& server_at(Transport transport, const Endpoint& remote) {
    const bool datagrams = over_udp(transport);
    auto& servers = datagrams ? udp_ : tcp_;
    const auto found = servers.find(remote);
    return found != servers.end() ? found->second : datagrams ? udp_default_ : tcp_default_;
  }

  SocketId open(const ConnectRequest& request, bool probe, core::Completion done) {
    const bool secure = is_secure(request.transport);
    const SocketId id = sockets_.emplace();
    Socket& socket = sockets_.at(id);
    socket.info = {request.transport, request.local, request.remote};
    socket.probe = probe;
    socket.server = &server_at(request.transport, request.remote);
    socket.waits = request.wait_for_resources;
    if (secure && without_tls) {
      done({.status = core::Status::Refused, .data = kNoTls});
      return id;
    }
    attempts_.push_back({clock_.now(), request.transport, request.remote, request.local, probe});
    if (const auto failure = request.local ? unbindable.find(*request.local) : unbindable.end();
        failure != unbindable.end() && request.local_is_optional) {
      socket.info.unbound = failure->second;
      socket.info.local.reset();
    }
    opened(socket);
    start_operation(socket, Doing::Connect, request.deadline, done);
    if (!socket.info.local)
      socket.info.local.emplace(*Address::parse(request.remote.address.is_v4() ? "127.0.0.1" : "::1"), 0);
    if (socket.info.local->port == 0) socket.info.local->port = next_port_++;
    FakeServer& server = *socket.server;
    if (request.transport == Transport::Udp) {
      socket.ready = clock_.now();
    } else if (!server.lost()) {
      socket.ready = clock_.now() + server.rtt_;
      socket.outcome = server.mode_ == FakeServer::Mode::Refuse ? server.error_ : 0;
      if (secure && !socket.outcome) shake_hands(socket, request.server_name, socket.ready);
      if (server.serves_latest_) end_others(server, id, socket.ready);
      if (server.refusal_ && server.open_ > 0) arrive(socket, {socket.ready, *server.refusal_, {}, ECONNRESET});
      if (server.in_turn_) server.turns_.push_back(id);
      if (!has_turn(id))
        socket.ready = secure ? kNever : socket.ready;
      else if (!socket.outcome)
        greet(socket, socket.ready);
    }
    settle(id);
    return id;
  }

  [[nodiscard]] bool has_turn(SocketId id) const {
    const FakeServer* server = sockets_.at(id).server;
    return !server || server->turns_.empty() || server->turns_.front() == id;
  }
  static void greet(Socket& socket, TimePoint at) {
    for (const FakeServer::Step& step : socket.server->greeting_)
      arrive(socket, {at + step.after, step.kind, step.data, ECONNRESET});
  }
  /// Lets a server of in_turn() serve the next connection if it has served this one.
  void end_turn(FakeServer& server, SocketId id) {
    const bool had_turn = !server.turns_.empty() && server.turns_.front() == id;
    std::erase(server.turns_, id);
    if (!had_turn || server.turns_.empty()) return;
    const SocketId next = server.turns_.front();
    Socket& socket = sockets_.at(next);
    greet(socket, clock_.now());
    if (socket.pending && socket.wants_tls) socket.ready = clock_.now() + server.rtt_;
    for (std::string& data : std::exchange(socket.unread, {})) deliver(next, server, std::move(data));
    if (socket.pending) settle(next);
  }

  void end_others(const FakeServer& server, SocketId latest, TimePoint at) {
    sockets_.for_each([&](SocketId each, Socket& socket) {
      if (each == latest || socket.server != &server || !socket.connected) return;
      arrive(socket, {at, FakeServer::Kind::Eof, {}});
      if (socket.pending) settle(each);
    });
  }

  void shake_hands(Socket& socket, std::string server_name, TimePoint from) {
    socket.wants_tls = true;
    socket.ready = from + socket.server->rtt_;
    socket.outcome = socket.server->tls_ ? 0 : EPROTO;
    socket.server->server_names_.push_back(std::move(server_name));
  }

  void opened(Socket& socket) {
    socket.descriptor = true;
    peak_ = std::max(peak_, ++open_);
  }
  void drop_descriptor(Socket& socket) noexcept {
    if (std::exchange(socket.descriptor, false)) --open_;
    if (std::exchange(socket.counted, false)) --socket.server->open_;
    socket.connected = false;
  }
  void forget(SocketId id) noexcept {
    Socket& socket = sockets_.at(id);
    disarm(socket);
    drop_descriptor(socket);
    FakeServer* server = socket.server;
    sockets_.erase(id);
    if (server) end_turn(*server, id);
  }
  void disarm(Socket& socket) noexcept { deadlines_.cancel(std::exchange(socket.timer, {})); }

  Socket* usable(SocketId id, const core::Completion& done) {
    Socket* socket = sockets_.find(id);
    EXPECT_FALSE(socket && socket->pending) << "two operations at once on one socket";
    if (socket && socket->connected) return socket;
    done({.status = core::Status::Error, .error = socket ? ENOTCONN : EBADF});
    return nullptr;
  }

  void start_operation(Socket& socket, Doing doing, TimePoint deadline, core::Completion done) {
    socket.pending = true;
    socket.doing = doing;
    socket.deadline = deadline;
    socket.done = done;
    socket.ready = kNever;
    socket.outcome = 0;
    socket.wants_tls = false;
    socket.gathered.clear();
  }

  static void arrive(Socket& socket, Arrival arrival) {
    const auto place = std::upper_bound(socket.arrivals.begin(), socket.arrivals.end(), arrival.at,
                                        [](TimePoint at, const Arrival& other) { return at < other.at; });
    socket.arrivals.insert(place, std::move(arrival));
  }

  void deliver(SocketId id, FakeServer& server, std::string data) {
    Socket& socket = sockets_.at(id);
    if (server.in_turn_ && !has_turn(id)) return socket.unread.push_back(std::move(data));
    server.received_ += data;
    const bool datagram = over_udp(socket.info.transport);
    if (datagram && server.lost()) return;
    const TimePoint at = clock_.now() + server.rtt_;
    if (datagram && server.mode_ == FakeServer::Mode::Refuse)
      return arrive(socket, {at, FakeServer::Kind::Reset, {}, server.error_});
    if (auto reaction = server.answer(socket.sends++, data)) {
      arrive(socket, {at, FakeServer::Kind::Data, std::move(reaction->data), 0});
      if (reaction->close) arrive(socket, {at, FakeServer::Kind::Eof, {}, 0});
    }
  }

  /// Completes the pending operation if it can complete now. Otherwise arms a deadline for the time at which it may.
  void settle(SocketId id, bool woken = false) {
    Socket& socket = sockets_.at(id);
    disarm(socket);
    const TimePoint now = clock_.now();
    TimePoint next = socket.ready;
    if (woken || at_once) {
      if (socket.doing == Doing::Receive) {
        if (auto reply = take(socket, now)) return finish(id, std::move(*reply));
        next = socket.arrivals.empty() ? kNever : socket.arrivals.front().at;
      } else if (socket.ready <= now) {
        if (socket.doing == Doing::Exit) {
          socket.runs = false;
          const core::Exit how = socket.killed ? core::Exit{9, true} : socket.server->exit_;
          return finish(id, {.exit = how});
        }
        return finish(
            id, socket.outcome ? core::Reply{.status = core::Status::Error, .error = socket.outcome} : core::Reply{});
      }
      if (socket.deadline <= now) return finish(id, late(socket));
    } else {
      next = std::min(next, now);
    }
    next = std::min(next, socket.deadline);
    if (next != kNever) socket.timer = deadlines_.arm(next, *this, cookie(id));
  }

  static core::Reply late(Socket& socket) {
    if (socket.gathered.empty()) return {.status = core::Status::Timeout};
    return {.data = std::move(socket.gathered)};
  }

  /// Returns the reply to the pending receive if enough has arrived; nothing otherwise.
  static std::optional<core::Reply> take(Socket& socket, TimePoint now) {
    while (!socket.arrivals.empty() && socket.arrivals.front().at <= now) {
      Arrival& first = socket.arrivals.front();
      if (socket.info.transport == Transport::Capture) {
        constexpr std::size_t kEthernetHeader = 14;
        core::Reply reply{.data = std::move(first.data)};
        reply.packet = {reply.data.size(), std::min(kEthernetHeader, reply.data.size()),
                        std::chrono::duration_cast<std::chrono::microseconds>(first.at.time_since_epoch())};
        socket.arrivals.pop_front();
        return reply;
      }
      const bool datagram = over_udp(socket.info.transport);
      if (first.kind != FakeServer::Kind::Data) {
        if (!socket.gathered.empty()) return late(socket);
        if (first.kind == FakeServer::Kind::Eof) return core::Reply{.status = core::Status::Eof};  // stays queued
        const int error = first.error;
        if (!datagram) socket.reset = true;
        if (datagram) socket.arrivals.pop_front();
        return core::Reply{.status = core::Status::Error, .error = error};
      }
      const bool plain_udp = socket.info.transport == Transport::Udp;
      socket.gathered += plain_udp ? first.data.substr(0, 8192) : first.data;
      socket.arrivals.pop_front();
      if (datagram && enough(socket)) return late(socket);
    }
    if (!socket.gathered.empty() && enough(socket)) return late(socket);
    return std::nullopt;
  }
  static bool enough(const Socket& socket) {
    const ReceiveCondition& want = socket.want;
    if (socket.gathered.size() >= want.limit || want.kind == ReceiveCondition::Kind::Some) return true;
    if (want.kind == ReceiveCondition::Kind::Bytes) return socket.gathered.size() >= want.count;
    return static_cast<std::size_t>(std::count(socket.gathered.begin(), socket.gathered.end(), '\n')) >= want.count;
  }

  void finish(SocketId id, core::Reply reply) {
    Socket& socket = sockets_.at(id);
    socket.pending = false;
    const core::Completion done = socket.done;
    if (socket.doing == Doing::Connect) {
      if (reply.status == core::Status::Ok) {
        if (socket.info.transport != Transport::Command) connected(socket);
      } else {
        drop_descriptor(socket);
      }
      if (socket.probe) forget(id);
    }
    done(std::move(reply));
  }
  void connected(Socket& socket) {
    socket.connected = true;
    if (socket.wants_tls) {
      socket.tls = true;
      if (!over_udp(socket.info.transport)) socket.info.transport = Transport::Tls;
    }
    if (!std::exchange(socket.counted, true))
      socket.server->peak_ = std::max(socket.server->peak_, ++socket.server->open_);
  }

  void later(Duration time, core::Reply reply, core::Completion done) {
    if (time == Duration{} && at_once) return done(std::move(reply));
    const std::uint64_t key = kLookup | next_lookup_++;
    lookups_[key] = {std::move(reply), done, deadlines_.arm(clock_.now() + time, *this, key)};
  }

  void expired(std::uint64_t cookie) override {
    if (cookie & kLookup) {
      Lookup lookup = std::move(lookups_.extract(cookie).mapped());
      return lookup.done(std::move(lookup.reply));
    }
    const SocketId id = SocketId::unpack(cookie);
    if (Socket* socket = sockets_.find(id); socket && socket->pending) settle(id, true);
  }

  core::Deadlines& deadlines_;
  const Clock& clock_;
  std::map<Endpoint, FakeServer> tcp_, udp_;
  FakeServer tcp_default_, udp_default_;
  std::map<std::string, FakeServer> commands_;
  std::map<std::string, Name> names_;
  std::map<Address, ReverseName> reverse_names_;
  std::map<std::uint64_t, Lookup> lookups_;
  std::vector<std::string> asked_;
  std::vector<Attempt> attempts_;
  std::vector<Frame> frames_;
  std::vector<std::string> packets_;
  std::vector<CaptureRequest> captures_;
  Slab<Socket> sockets_;
  std::size_t open_ = 0, peak_ = 0;
  std::uint16_t next_port_ = 40000;
  std::uint64_t next_lookup_ = 0;
};

}  // namespace sluice::net
