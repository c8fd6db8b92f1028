// SPDX-License-Identifier: Apache-2.0
#include "native/native_network.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

#include "native/replies.hpp"

namespace sluice::net {

namespace {

using core::Reply;
using core::Status;

constexpr auto kRetryAfter = std::chrono::milliseconds(100);
constexpr std::size_t kMaxFailedRetries = 16;  ///< per retry of the queue: each takes a few system calls
constexpr std::uint64_t kTickCookie = UINT64_MAX;

}  // namespace

NativeNetwork::NativeNetwork(EpollEventLoop& loop, core::Deadlines& deadlines, const Clock& clock,
                             NetworkOptions options)
    : loop_(loop),
      deadlines_(deadlines),
      clock_(clock),
      device_(std::move(options.device)),
      scan_ttl_(options.scan_ttl),
      notice_(std::move(options.notice)),
      children_(loop),
      resolver_(loop, deadlines, clock, std::move(options.dns_servers)) {}

NativeNetwork::~NativeNetwork() {
  deadlines_.cancel(tick_);
  sockets_.for_each([this](SocketId, Socket& socket) {
    deadlines_.cancel(socket.timeout);
    if (socket.stream) socket.stream->shut();
    close_tap(socket);
    children_.kill(socket.child);
  });
  close_spare();
}

SocketId NativeNetwork::connect(const ConnectRequest& request, core::Completion done) {
  const SocketId id = sockets_.emplace(loop_);
  Socket& socket = sockets_.at(id);
  socket.info = {request.transport, std::nullopt, request.remote};
  socket.bind = request.local;
  socket.bind_is_optional = request.local_is_optional;
  socket.reports_icmp_errors = request.report_icmp_errors && request.transport == Transport::Udp;
  socket.waits_for_resources = request.wait_for_resources || request.transport != Transport::Udp;
  const bool secure = is_secure(request.transport);
  if (secure && !TlsSession::available()) {
    done(refused(kNoTls));
  } else {
    if (secure) socket.server_name = request.server_name;
    start_operation(id, socket, Operation::Connect, request.deadline, done);
    try_connect(id, socket);
  }
  return id;
}

void NativeNetwork::try_connect(SocketId id, Socket& socket) {
  const Endpoint& remote = *socket.info.remote;
  Start start{.type = over_udp(socket.info.transport) ? SOCK_DGRAM : SOCK_STREAM,
              .local = socket.bind,
              .local_is_optional = socket.bind_is_optional,
              .report_icmp_errors = socket.reports_icmp_errors,
              .device = device_,
              .ttl = socket.probe || socket.reports_icmp_errors ? scan_ttl_ : std::nullopt};
  const Opened opened = open(remote.address.family(), start);
  const auto lacks = [&](int error) {
    return socket.waits_for_resources ? lacks_resources(error, remote, start)
                                      : probe_lacks_resources(error, remote, start);
  };
  if (opened.error) {
    if (lacks(opened.error)) return handle_lack(id, socket, opened.error);
    if (socket.bind && !socket.waits_for_resources)
      return finish_connect(id, socket, {.status = Status::Lacking, .error = opened.error});
    return finish_connect(id, socket, error_reply(opened.error));
  }
  socket.info.unbound = opened.unbound;
  if (opened.unbound) start.local.reset();
  SocketAddress name(remote);
  int answer = ask_connect(opened.descriptor, name);
  socket.info.local = local_end(opened.descriptor);
  socket.failed_at_once = answer != 0 && answer != EINPROGRESS && !socket.reports_icmp_errors;
  // A peer on this machine has answered by now.
  if (answer == EINPROGRESS) answer = ask_connect(opened.descriptor, name);
  if (lacks(answer)) {
    socket.info.local.reset();
    ::close(opened.descriptor);
    return handle_lack(id, socket, answer);
  }
  socket.descriptor.adopt(opened.descriptor);
  socket.answer = answer;
  if (answer == EINPROGRESS) return wait_for(id, socket, Readiness::Write);
  if (socket.info.transport == Transport::Udp) return handle_answer(id, socket);
  // The reply comes in the next turn even if it is known, so that the order of threads does not depend on the peer.
  requeue(id, socket);
}

void NativeNetwork::handle_answer(SocketId id, Socket& socket) {
  const Endpoint& remote = *socket.info.remote;
  const int descriptor = socket.descriptor.number();
  if (socket.answer == EINPROGRESS) socket.answer = answer_of_connect(descriptor, remote);
  if (socket.answer == EINPROGRESS) return wait_for(id, socket, Readiness::Write);
  if (!socket.info.local) socket.info.local = local_end(descriptor);  // for a probe
  const Transport transport = socket.info.transport;
  if (socket.answer == 0 && transport != Transport::Udp && is_own_peer(descriptor, socket.info.local, remote))
    socket.answer = ECONNREFUSED;
  if (socket.answer != 0 && socket.failed_at_once) {
    const bool has_port = transport == Transport::Udp && socket.info.local;  // the connect bound it before it failed
    const std::uint16_t port = has_port ? socket.info.local->port : 0;
    socket.info.local = Endpoint{Address::any(remote.address.family()), port};
    socket.failed = Failed::AtOnce;
    return finish_connect(id, socket, refused(kFailedAtOnce));
  }
  if (socket.answer != 0) {
    socket.failed = Failed::Refused;
    return finish_connect(id, socket, error_reply(socket.answer));
  }
  if (transport == Transport::Dtls)
    socket.stream = std::make_unique<DtlsStream>(descriptor, remote.address.family());
  else if (transport != Transport::Udp)
    socket.stream = std::make_unique<TcpStream>(descriptor);
  if (is_secure(transport)) return shake_hands(id, socket);
  finish_connect(id, socket, {});
}

void NativeNetwork::finish_connect(SocketId id, Socket& socket, Reply reply) {
  const core::Completion done = end(socket);
  if (socket.probe || reply.status != Status::Ok) release(socket);
  if (socket.probe) sockets_.erase(id);
  done(std::move(reply));
}

void NativeNetwork::handle_lack(SocketId id, Socket& socket, int lack) {
  if (socket.waits_for_resources || socket.operation == Operation::Receive) return queue(id, socket, lack);
  notice_lack(lack);
  Reply reply{.status = Status::Lacking, .error = lack};
  if (socket.operation == Operation::Connect) return finish_connect(id, socket, std::move(reply));
  finish(socket, std::move(reply));
}

void NativeNetwork::queue(SocketId id, const Socket& socket, int lack) {
  queue_.push_back({id, socket.serial});
  if (!tick_) tick_ = deadlines_.arm(clock_.now() + kRetryAfter, *this, kTickCookie);
  notice_lack(lack);
}

void NativeNetwork::notice_lack(int lack) {
  if (notice_)
    std::exchange(notice_, {})(
        std::generic_category().message(lack) +
        ": connections wait until descriptors, buffers or ports are free; raise ulimit -n, or lower --socket-slots");
}

void NativeNetwork::retry_queued() {
  // An operation that still lacks resources goes to the end of the queue, so that it does not delay the others.
  for (std::size_t left = queue_.size(), lacking = 0; left > 0 && lacking < kMaxFailedRetries; --left) {
    const Queued next = queue_.front();
    queue_.pop_front();
    Socket* socket = sockets_.find(next.id);
    if (!socket || socket->operation == Operation::None || socket->serial != next.serial) continue;
    const std::size_t before = queue_.size();
    continue_operation(next.id, *socket);
    if (queue_.size() > before) ++lacking;
  }
}

Result<SocketId> NativeNetwork::open_udp(Family family, const std::optional<Endpoint>& local) {
  const Opened opened = open(
      family, {.type = SOCK_DGRAM, .local = local, .local_is_optional = true, .connecting = false, .device = device_});
  if (opened.error) return Error{"cannot open a UDP socket: " + std::generic_category().message(opened.error)};
  const SocketId id = adopt(Transport::Udp, opened.descriptor);
  if (local) sockets_.at(id).info.local = local_end(opened.descriptor);
  sockets_.at(id).info.unbound = opened.unbound;
  return id;
}

SocketId NativeNetwork::adopt(Transport transport, int descriptor) {
  const SocketId id = sockets_.emplace(loop_);
  Socket& socket = sockets_.at(id);
  socket.descriptor.adopt(descriptor);
  socket.info.transport = transport;
  return id;
}

std::optional<SocketInfo> NativeNetwork::info(SocketId id) const {
  const Socket* socket = sockets_.find(id);
  return socket ? std::optional(socket->info) : std::nullopt;
}

bool NativeNetwork::is_open(SocketId id) const {
  const Socket* socket = sockets_.find(id);
  return socket && socket->descriptor.is_open();
}

bool NativeNetwork::is_tls(SocketId id) const {
  const Socket* socket = sockets_.find(id);
  return socket && socket->stream && socket->stream->tls() && socket->stream->tls()->shaken();
}

CertificateChain NativeNetwork::peer_certificates(SocketId id) const {
  return is_tls(id) ? sockets_.find(id)->stream->tls()->peer_certificates() : CertificateChain{};
}

void NativeNetwork::cancel(SocketId id) noexcept {
  Socket* socket = sockets_.find(id);
  if (!socket || socket->operation == Operation::None) return;
  end(*socket);
}

void NativeNetwork::close(SocketId id) noexcept {
  Socket* socket = sockets_.find(id);
  if (!socket) return;
  const bool pending = socket->operation != Operation::None;
  const core::Completion done = end(*socket);
  release(*socket);
  children_.let_go(socket->child);
  sockets_.erase(id);
  if (pending) done({.status = Status::Cancelled});
}

NativeNetwork::Socket* NativeNetwork::usable(SocketId id, const core::Completion& done) {
  Socket* socket = sockets_.find(id);
  const auto needs_stream = [](Transport over) { return over == Transport::Tcp || is_secure(over); };
  if (socket && socket->descriptor.is_open() && (socket->stream || !needs_stream(socket->info.transport)))
    return socket;
  done(error_reply(socket ? ENOTCONN : EBADF));
  return nullptr;
}

void NativeNetwork::start_operation(SocketId id, Socket& socket, Operation operation, TimePoint deadline,
                                    core::Completion done) {
  assert(socket.operation == Operation::None);
  socket.operation = operation;
  socket.done = done;
  socket.deadline = deadline;
  set_timeout(id, socket);
}

core::Completion NativeNetwork::end(Socket& socket) noexcept {
  deadlines_.cancel(std::exchange(socket.timeout, {}));
  stop_waiting(socket);
  socket.operation = Operation::None;
  socket.sent = socket.lines = 0;
  std::string().swap(socket.data);
  return std::exchange(socket.done, {});
}

void NativeNetwork::stop_waiting(Socket& socket) noexcept {
  ++socket.serial;
  socket.descriptor.cancel();
}

void NativeNetwork::finish(Socket& socket, Reply reply) { end(socket)(std::move(reply)); }

void NativeNetwork::release(Socket& socket) noexcept {
  if (!socket.descriptor.is_open()) return;
  if (socket.stream) socket.stream->shut();
  socket.stream.reset();
  close_tap(socket);
  socket.descriptor.close();
  expedite_retry();
}

Opened NativeNetwork::open(Family family, const Start& start) {
  Opened opened = open_socket(family, start);
  if (!spare_ || !lacks_resources(opened.error)) return opened;
  close_spare();
  return open_socket(family, start);
}

void NativeNetwork::expedite_retry() noexcept {
  if (!queue_.empty()) deadlines_.rearm(tick_, clock_.now());
}

void NativeNetwork::on_ready(std::uint64_t cookie, Readiness) {
  const SocketId id = SocketId::unpack(cookie);
  continue_operation(id, sockets_.at(id));
}

void NativeNetwork::wait_for(SocketId id, Socket& socket, Readiness what) {
  const int failure = socket.descriptor.wait(what, *this, id.pack());
  if (!failure) return;
  if (lacks_resources(failure)) return queue(id, socket, failure);
  const bool connects = socket.operation == Operation::Connect || socket.operation == Operation::Handshake;
  if (connects) return finish_connect(id, socket, error_reply(failure));
  finish(socket, error_reply(failure));
}

void NativeNetwork::set_timeout(SocketId id, Socket& socket) {
  TimePoint due = socket.deadline;
  if (socket.stream && socket.info.transport == Transport::Dtls)
    if (const auto left = socket.stream->tls()->retransmission()) due = std::min(due, clock_.now() + *left);
  deadlines_.cancel(std::exchange(socket.timeout, {}));
  if (due != kNever) socket.timeout = deadlines_.arm(due, *this, id.pack());
}

void NativeNetwork::retransmit(SocketId id, Socket& socket) {
  stop_waiting(socket);
  socket.stream->tls()->retransmit();
  set_timeout(id, socket);
  continue_operation(id, socket);
}

void NativeNetwork::requeue(SocketId id, Socket& socket) { socket.descriptor.defer(*this, id.pack()); }

bool NativeNetwork::must_wait(SocketId id, Socket& socket, const Step& step) {
  switch (step.kind) {
    case Step::Kind::WouldRead:
      if (socket.info.transport == Transport::Dtls) set_timeout(id, socket);
      wait_for(id, socket, Readiness::Read);
      return true;
    case Step::Kind::WouldWrite:
      wait_for(id, socket, Readiness::Write);
      return true;
    case Step::Kind::Lacking:
      handle_lack(id, socket, step.error);
      return true;
    case Step::Kind::Done:
    case Step::Kind::End:
    case Step::Kind::Failed:
      return false;
  }
  return false;
}

void NativeNetwork::continue_operation(SocketId id, Socket& socket) {
  switch (socket.operation) {
    case Operation::None:
    case Operation::Exit:  // ChildProcesses completes it
      return;
    case Operation::Connect:
      return socket.descriptor.is_open() ? handle_answer(id, socket) : try_connect(id, socket);
    case Operation::Handshake:
      return continue_handshake(id, socket);
    case Operation::Send:
    case Operation::SendTo:
      return continue_send(id, socket);
    case Operation::Receive:
      return continue_receive(id, socket);
  }
}

void NativeNetwork::expired(std::uint64_t cookie) {
  if (cookie == kTickCookie) {
    tick_ = {};
    return retry_queued();
  }
  const SocketId id = SocketId::unpack(cookie);
  Socket* socket = sockets_.find(id);
  if (!socket) return;
  if (clock_.now() < socket->deadline) return retransmit(id, *socket);
  if (socket->operation == Operation::Connect || socket->operation == Operation::Handshake) {
    socket->failed = Failed::TimedOut;
    return finish_connect(id, *socket, {.status = Status::Timeout});
  }
  if (socket->operation == Operation::Receive && !socket->data.empty()) {
    std::string all = std::move(socket->data);
    return finish(*socket, {.data = std::move(all)});
  }
  finish(*socket, {.status = Status::Timeout});
}

void NativeNetwork::resolve(std::string name, std::optional<Family> family, core::Completion done) {
  resolver_.resolve(std::move(name), family, done);
}

void NativeNetwork::resolve_by_system(std::string name, std::optional<Family> family, core::Completion done) {
  resolver_.resolve_by_system(std::move(name), family, done);
}

void NativeNetwork::reverse(const Address& address, core::Completion done) { resolver_.reverse(address, done); }

}  // namespace sluice::net
