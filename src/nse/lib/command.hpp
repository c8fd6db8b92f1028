#pragma once

#include <lua.hpp>

#include <string>
#include <string_view>

#include "lua/userdata.hpp"
#include "nse/lib/read_buffer.hpp"
#include "nse/lib/socket_lib.hpp"

namespace sluice::nse {

/// A command of the shell that a script runs, or a file that may make it wait. os.execute waits for its end, and
/// io.popen makes a file of it. It needs no slot. Closing it lets the command run on by itself, collecting it and the
/// end of its thread do so, too; but a thread that is killed takes its commands along.
class Command : public Socket {
 public:
  using Pipe = net::CommandRequest::Pipe;
  static constexpr const char* kTypeName = "sluice.command";

  explicit Command(Runtime& runtime) noexcept : Socket(runtime, net::Transport::Command, Family::Inet) {}

  /// Begins an operation of the thread, which runs it.
  void run(Runtime& runtime, ScriptThread& thread, const char* line, Pipe which) noexcept;
  /// Begins an operation of the thread, which waits for its end.
  void wait_exit(Runtime& runtime, ScriptThread& thread) noexcept;

  /// Opens a file that may block: a FIFO, a terminal, a device; for reading, for writing, or for both. Called again
  /// each time an operation of the thread has ended, until it returns true; thread.reply() is the outcome then. A FIFO
  /// that nothing reads yet is tried again every 100 ms; one that nothing writes yet is open at once, and its reader
  /// waits. A FIFO that is opened for both is its own reader and writer.
  bool open(Runtime& runtime, ScriptThread& thread) noexcept;
  std::string path;         ///< of the file
  bool appends = false;     ///< to it
  bool updates = false;     ///< opened for reading and writing ("+")
  bool is_file = false;     ///< open() has opened it
  bool ends_lines = false;  ///< closes itself at the end of its lines

  bool ending = false;  ///< its end is or was waited for

  // As a file.
  Pipe pipe = Pipe::None;
  [[nodiscard]] bool reads() const { return updates || pipe == Pipe::Output; }
  [[nodiscard]] bool writes() const { return updates || pipe == Pipe::Input; }
  ReadBuffer unread;
  int formats = 0;  ///< of the read under way, above the file on the stack
};

using CommandClass = lua::Userdata<Command>;

/// What went wrong as an errno; 0 at the end of a file, too.
int error_of(const core::Reply& reply) noexcept;
/// Pushes nil, the text of an errno, behind the name of a file if there is one, and its number.
int push_error(lua_State* state, int error, const char* name = nullptr);
/// Pushes what os.execute and file:close answer.
int push_exit(lua_State* state, const core::Reply& reply);

/// Scripts are being loaded: there is no thread to suspend, and nobody to hold up. Finalizers are not taken for that.
bool is_loading(lua_State* state);
/// Calls Lua's own function, which blocks and is the upvalue, for the command at 1; that has an empty input, too.
int call_blocking(lua_State* state);

/// Puts os.execute in the place of Lua's.
int open_execute(lua_State* state);

}  // namespace sluice::nse
