// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

#include <string>
#include <string_view>

#include "lua/userdata.hpp"
#include "net/processes.hpp"
#include "nse/lib/read_buffer.hpp"
#include "nse/lib/socket_lib.hpp"

namespace sluice::nse {

/// A shell command that a script runs, or a file that may block: a FIFO, a terminal or a device. Scripts use it as a
/// Lua file; os.execute waits for the exit of its command and hides the file. It needs no slot.
///
/// Socket::close() does not end the command: it continues to run, also if the file is collected or the script thread
/// ends. If the script thread is killed, the command is killed, too. Owned by Lua, as a userdata. Not thread-safe.
class Command : public Socket {
 public:
  using Pipe = net::CommandRequest::Pipe;
  static constexpr const char* kTypeName = "sluice.command";

  explicit Command(Runtime& runtime) noexcept : Socket(runtime, net::Transport::Command, Family::Inet) {}

  /// Starts an operation of the thread that runs the command `line`.
  void run(Runtime& runtime, ScriptThread& thread, const char* line, Pipe which) noexcept;
  /// Starts an operation of the thread that waits for the exit of the command.
  void wait_exit(Runtime& runtime, ScriptThread& thread) noexcept;

  /// Opens the file `path` for reading, for writing, or for both. Returns true if thread.reply() is the outcome.
  /// Returns false if it has started an operation of the thread; call it again after the reply of that operation. If a
  /// FIFO has no reader yet, opening it for writing is repeated every 100 ms. Opening it for reading succeeds at once,
  /// and reading waits. A FIFO that is opened for both is its own reader and writer.
  bool open(Runtime& runtime, ScriptThread& thread) noexcept;

  std::string path;         ///< of the file
  bool appends = false;     ///< mode "a"
  bool updates = false;     ///< mode with "+": reads and writes
  bool is_file = false;     ///< opened by open(), not a command
  bool ends_lines = false;  ///< is closed when an iterator of its lines ends

  bool ending = false;  ///< a wait for the exit has been started

  // The state of the Lua file.
  Pipe pipe = Pipe::None;
  [[nodiscard]] bool reads() const { return updates || pipe == Pipe::Output; }
  [[nodiscard]] bool writes() const { return updates || pipe == Pipe::Input; }
  ReadBuffer unread;
  int formats = 0;  ///< number of formats of the current read; they lie above the file on the stack
};

using CommandClass = lua::Userdata<Command>;

/// Returns the errno of a reply; 0 for success and at the end of a file.
int error_of(const core::Reply& reply) noexcept;
/// Pushes the results of a failed io function: nil, the text of the errno (after `name` and a colon if it is given),
/// and the errno. Returns 3.
int push_error(lua_State* state, int error, const char* name = nullptr);
/// Pushes the results of os.execute and file:close for the reply of a wait for an exit. Returns their number.
int push_exit(lua_State* state, const core::Reply& reply);

/// True if scripts are being loaded, so that no script thread runs and a function may block. False inside a finalizer.
bool is_loading(lua_State* state);
/// Calls the original function of Lua, which is the upvalue and blocks, for the command line at index 1. The command
/// reads from an empty input.
int call_blocking(lua_State* state);

/// Replaces os.execute by a function that suspends the script thread. Pushes nothing.
int open_execute(lua_State* state);

}  // namespace sluice::nse
