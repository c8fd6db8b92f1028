// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/command.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

void Command::run(Runtime& runtime, ScriptThread& thread, const char* line, Pipe which) noexcept {
  pipe = which;
  if (runtime.options.debugging > 1)
    runtime.log({event::LogTo::Output, "NSE: " + thread.describe() + " runs the command: " + line});
  hold(runtime.parts.processes.run({line, which}, thread.start<pending::SocketOperation>(*this, "a command").done),
       thread);
}

void Command::wait_exit(Runtime& runtime, ScriptThread& thread) noexcept {
  ending = true;
  runtime.parts.processes.wait_exit(id, thread.start<pending::SocketOperation>(*this, "a command").done);
}

bool Command::open(Runtime& runtime, ScriptThread& thread) noexcept {
  constexpr auto kAgainAfter = std::chrono::milliseconds(100);
  const int access = (!writes() ? O_RDONLY : reads() ? O_RDWR : O_WRONLY) | (appends ? O_APPEND : 0);
  const int descriptor = ::open(path.c_str(), access | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (descriptor >= 0) {
    is_file = true;
    hold(runtime.parts.processes.adopt_file(descriptor), thread);
    thread.replace_reply({});
    return true;
  }
  const int error = errno;
  struct stat status {};
  if (error == ENXIO && ::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode)) {
    thread.start<pending::Sleep>("a file", runtime.parts.clock.now() + kAgainAfter, this);
    return false;
  }
  thread.replace_reply({.status = core::Status::Error, .error = error});
  return true;
}

int error_of(const core::Reply& reply) noexcept {
  switch (reply.status) {
    case core::Status::Cancelled:
      return EBADF;
    case core::Status::Error:
      return reply.error ? reply.error : EIO;
    default:
      return 0;
  }
}

int push_error(lua_State* state, int error, const char* name) {
  errno = error;
  return luaL_fileresult(state, 0, name);
}

int push_exit(lua_State* state, const core::Reply& reply) {
  if (const int error = error_of(reply)) return push_error(state, error);
  const core::Exit exit = reply.exit;
  if (exit.by_signal || exit.code != 0)
    luaL_pushfail(state);
  else
    lua_pushboolean(state, true);
  lua_pushstring(state, exit.by_signal ? "signal" : "exit");
  lua_pushinteger(state, exit.code);
  return 3;
}

bool is_loading(lua_State* state) {
  const bool in_main = lua_pushthread(state) == 1;
  lua_pop(state, 1);
  return in_main && !lua::owner<Runtime>(state).current();
}

int call_blocking(lua_State* state) {
  lua_pushliteral(state, "exec </dev/null\n");
  lua_pushvalue(state, 1);
  lua_concat(state, 2);
  lua_replace(state, 1);
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

namespace {

/// Index 1: the command line. Index 2: the Command.
struct Execute {
  struct Args {
    Command* command;
    const char* line;
  };
  static Args parse(lua_State* state) { return {&CommandClass::check(state, 2), lua_tostring(state, 1)}; }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    args.command->run(runtime, thread, args.line, Command::Pipe::None);
  }
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
    auto& command = static_cast<Command&>(*thread.operation_socket());
    if (thread.reply().status == core::Status::Ok && !command.ending) {
      command.wait_exit(runtime, thread);
      return false;
    }
    command.close();
    return true;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) { return push_exit(state, thread.reply()); }
};

int execute(lua_State* state) {
  const char* line = luaL_optstring(state, 1, nullptr);
  if (!line) {
    lua_pushboolean(state, ::access("/bin/sh", X_OK) == 0);
    return 1;
  }
  if (is_loading(state)) return call_blocking(state);
  suspendable_thread(state);
  lua_settop(state, 1);
  CommandClass::push(state, lua::owner<Runtime>(state));
  return block<Execute>(state);
}

}  // namespace

int open_execute(lua_State* state) {
  lua_getglobal(state, LUA_OSLIBNAME);
  lua_getfield(state, -1, "execute");
  lua_pushcclosure(state, execute, 1);
  lua_setfield(state, -2, "execute");
  lua_pop(state, 1);
  return 0;
}

}  // namespace sluice::nse
