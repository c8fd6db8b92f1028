// SPDX-License-Identifier: Apache-2.0
// Handshakes, send and receive of NativeNetwork.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "native/native_network.hpp"
#include "native/replies.hpp"

namespace sluice::net {

using Kind = Step::Kind;

namespace {

constexpr std::size_t kPiece = 8192;  ///< bytes of one read (docs/nse-compat.md, "Sockets")
/// Bytes of one receive before other sockets are handled (docs/nse-compat.md, "Sockets").
constexpr std::size_t kMaxAtOnce = 589823;

}  // namespace

core::Reply NativeNetwork::outcome(Socket& socket, const Step& step) {
  if (step.kind == Kind::Done) return {};
  if (step.kind == Kind::End) return {.status = core::Status::Eof};
  core::Reply reply = error_reply(step.error);
  if (socket.reports_icmp_errors) reply.refusal = take_refusal(socket.descriptor.number());
  return reply;
}

Step NativeNetwork::read(Socket& socket, char* into, std::size_t size) {
  if (socket.failure) return *std::exchange(socket.failure, {});
  if (socket.stream) return socket.stream->read(into, size);
  const int descriptor = socket.descriptor.number();
  return socket.info.transport == Transport::Command ? read_pipe(descriptor, into, size)
                                                     : read_datagram(descriptor, into, size);
}

Step NativeNetwork::write(Socket& socket, std::string_view data) {
  return socket.stream ? socket.stream->write(data) : write_pipe(socket.descriptor.number(), data);
}

void NativeNetwork::upgrade_tls(SocketId id, std::string server_name, TimePoint deadline, core::Completion done) {
  if (!TlsSession::available()) return done(refused(kNoTls));
  Socket* socket = usable(id, done);
  if (!socket) return;
  if (!socket->stream) return done(error_reply(EOPNOTSUPP));
  if (socket->stream->tls()) return done(error_reply(EISCONN));
  socket->server_name = std::move(server_name);
  start_operation(id, *socket, Operation::Handshake, deadline, done);
  shake_hands(id, *socket);
}

void NativeNetwork::shake_hands(SocketId id, Socket& socket) {
  socket.operation = Operation::Handshake;
  if (!socket.stream->secure(socket.server_name)) return finish_connect(id, socket, error_reply(ENOMEM));
  continue_handshake(id, socket);
}

void NativeNetwork::continue_handshake(SocketId id, Socket& socket) {
  const Step step = socket.stream->shake();
  if (must_wait(id, socket, step)) return;
  if (step.kind == Kind::Done && !over_udp(socket.info.transport)) socket.info.transport = Transport::Tls;
  finish_connect(id, socket, outcome(socket, step));
}

bool NativeNetwork::start_after_failure(SocketId id, Operation operation, TimePoint deadline,
                                        const core::Completion& done) {
  Socket* socket = sockets_.find(id);
  if (!socket || socket->failed == Failed::No) return false;
  const bool receives = operation == Operation::Receive;
  const bool silent = socket->failed == Failed::AtOnce && receives && socket->info.transport == Transport::Udp;
  if (silent || socket->failed == Failed::TimedOut) {
    if (deadline == kNever)
      done({.status = core::Status::Timeout});
    else
      start_operation(id, *socket, operation, deadline, done);
  } else if (socket->failed == Failed::Refused && receives) {
    done({.status = core::Status::Eof});
  } else {
    done(error_reply(ENOTCONN));
  }
  return true;
}

void NativeNetwork::send(SocketId id, std::string data, TimePoint deadline, core::Completion done) {
  if (start_after_failure(id, Operation::Send, deadline, done)) return;
  Socket* socket = usable(id, done);
  if (!socket) return;
  if (socket->tap) return done(error_reply(EOPNOTSUPP));
  if (socket->info.transport == Transport::Dtls && data.size() > TlsSession::kLongestMessage)
    return done(refused(kTooLong));
  start_operation(id, *socket, Operation::Send, deadline, done);
  socket->data = std::move(data);
  continue_send(id, *socket);
}

void NativeNetwork::send_to(SocketId id, const Endpoint& remote, std::string data, core::Completion done) {
  Socket* socket = usable(id, done);
  if (!socket) return;
  if (socket->stream) return done(error_reply(EISCONN));
  if (socket->tap) return done(error_reply(EOPNOTSUPP));
  start_operation(id, *socket, Operation::SendTo, kNever, done);
  socket->info.remote = remote;
  socket->data = std::move(data);
  continue_send(id, *socket);
}

void NativeNetwork::continue_send(SocketId id, Socket& socket) {
  if (!socket.stream && socket.info.transport != Transport::Command) {
    const int descriptor = socket.descriptor.number();
    const bool addressed = socket.operation == Operation::SendTo;
    Step step = write_datagram(descriptor, socket.data, addressed ? &*socket.info.remote : nullptr);
    // Only UDP sockets can lack a port.
    if (step.error == EAGAIN && socket.info.transport != Transport::Udp) step = {.kind = Kind::WouldWrite};
    if (must_wait(id, socket, step)) return;
    if (addressed) socket.info.local = local_end(descriptor);
    return finish(socket, outcome(socket, step));
  }
  while (socket.sent < socket.data.size()) {
    const Step step = write(socket, std::string_view(socket.data).substr(socket.sent));
    if (must_wait(id, socket, step)) return;
    if (step.kind != Kind::Done) {
      socket.failure.reset();  // the reply has this error
      return finish(socket, outcome(socket, step));
    }
    socket.sent += step.bytes;
  }
  const Step step = socket.stream ? socket.stream->flush() : Step{};
  if (!must_wait(id, socket, step)) finish(socket, outcome(socket, step));
}

void NativeNetwork::receive(SocketId id, ReceiveCondition want, TimePoint deadline, core::Completion done) {
  if (start_after_failure(id, Operation::Receive, deadline, done)) return;
  Socket* socket = usable(id, done);
  if (!socket) return;
  start_operation(id, *socket, Operation::Receive, deadline, done);
  socket->want = want;
  continue_receive(id, *socket);
}

void NativeNetwork::continue_capture(SocketId id, Socket& socket) {
  core::Reply packet;
  const Step step = socket.tap->read(packet);
  if (must_wait(id, socket, step)) return;
  finish(socket, step.kind == Kind::Done ? std::move(packet) : error_reply(step.error));
}

void NativeNetwork::continue_receive(SocketId id, Socket& socket) {
  if (socket.tap) return continue_capture(id, socket);
  const ReceiveCondition want = socket.want;
  std::string& data = socket.data;
  const std::size_t limit = std::max<std::size_t>(want.limit, 1);
  const auto enough = [&] {
    if (data.empty()) return false;
    if (data.size() >= limit || want.kind == ReceiveCondition::Kind::Some) return true;
    return (want.kind == ReceiveCondition::Kind::Bytes ? data.size() : socket.lines) >= want.count;
  };
  const auto give = [&] {
    std::string all = std::move(data);
    finish(socket, {.data = std::move(all)});
  };
  const std::size_t before = data.size();
  const bool datagrams = over_udp(socket.info.transport);
  char piece[TlsSession::kLongestMessage];
  static_assert(sizeof piece >= kPiece);
  const std::size_t most = socket.info.transport == Transport::Dtls ? sizeof piece : kPiece;
  for (;;) {
    const std::size_t size = std::min(most, limit - data.size());
    const Step step = read(socket, piece, size);
    if (step.kind != Kind::Done) {
      if (step.kind == Kind::Failed && !data.empty())
        socket.failure = step;  // the system reports it once; the next receive returns it
      if (enough()) return give();
      if (must_wait(id, socket, step)) return;
      return data.empty() ? finish(socket, outcome(socket, step)) : give();
    }
    data.append(piece, step.bytes);
    if (want.kind == ReceiveCondition::Kind::Lines)
      socket.lines += static_cast<std::size_t>(std::count(piece, piece + step.bytes, '\n'));
    // An empty datagram ends any receive.
    if (datagrams && (want.kind == ReceiveCondition::Kind::Some || step.bytes == 0 || enough())) return give();
    const bool much = data.size() - before > kMaxAtOnce;
    if (!step.drained && !much && data.size() < limit && want.kind != ReceiveCondition::Kind::Bytes) continue;
    if (enough()) return give();
    if (step.drained) return wait_for(id, socket, Readiness::Read);
    if (much) return requeue(id, socket);
  }
}

}  // namespace sluice::net
