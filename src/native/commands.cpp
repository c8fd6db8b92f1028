// SPDX-License-Identifier: Apache-2.0
// The functions of NativeNetwork that start commands, wait for them and kill them. Their bytes are in transfer.cpp.
#include <cerrno>
#include <utility>

#include "native/native_network.hpp"
#include "native/replies.hpp"

namespace sluice::net {

SocketId NativeNetwork::run(const CommandRequest& request, core::Completion done) {
  const SocketId id = sockets_.emplace(loop_);
  Socket& socket = sockets_.at(id);
  socket.info.transport = Transport::Command;
  const ChildProcesses::Started started = children_.start(request);
  socket.child = started.child;
  socket.descriptor.adopt(started.pipe);
  done(started.error ? error_reply(started.error) : core::Reply{});
  return id;
}

void NativeNetwork::wait_exit(SocketId id, core::Completion done) {
  Socket* socket = sockets_.find(id);
  if (!socket || !socket->child) return done(error_reply(ECHILD));
  start_operation(id, *socket, Operation::Exit, kNever, done);
  release(*socket);
  children_.on_end(socket->child, [this, id, serial = socket->serial](core::Reply reply) {
    Socket* found = sockets_.find(id);
    if (found && found->serial == serial && found->operation == Operation::Exit) finish(*found, std::move(reply));
  });
}

void NativeNetwork::kill(SocketId id) noexcept {
  if (const Socket* socket = sockets_.find(id)) children_.kill(socket->child);
}

}  // namespace sluice::net
