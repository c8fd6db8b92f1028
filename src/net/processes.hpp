// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/ticket.hpp"
#include "net/sockets.hpp"

namespace sluice::net {

/// A shell command, and which of its ends is the socket.
struct CommandRequest {
  enum class Pipe : std::uint8_t {
    None,
    Output,  ///< its standard output; can only be received
    Input,   ///< its standard input; can only be sent
  };
  std::string line;
  Pipe pipe = Pipe::None;
};

/// Runs shell commands, and accesses files that may block. Both are sockets with Transport::Command: use Sockets to
/// send, receive and close. Completions and threads: as for Sockets.
class Processes {
 public:
  virtual ~Processes() = default;

  /// Runs a command by /bin/sh in a session of its own. It inherits standard output and standard error only; its input
  /// is empty unless that is the socket. Completes when the command runs. Replies: Ok; Error with the errno. The socket
  /// exists from this call until Sockets::close, also after an error.
  virtual SocketId run(const CommandRequest& request, core::Completion done) = 0;
  /// Closes the pipe and waits until the command has ended. Replies: Ok with Reply::exit; Error with the errno if other
  /// code of the process has reaped it; Cancelled.
  virtual void wait_exit(SocketId command, core::Completion done) = 0;
  /// Kills a command and the processes of its session. The command is then reaped by wait_exit() or Sockets::close. No
  /// effect on other sockets.
  virtual void kill(SocketId command) noexcept = 0;
  /// Takes ownership of an open descriptor of a file that may block, such as a FIFO or a device. Its end is not
  /// reported while a FIFO has not yet had a writer. REQUIRES: the descriptor is in non-blocking mode.
  virtual SocketId adopt_file(int descriptor) = 0;
};

}  // namespace sluice::net
