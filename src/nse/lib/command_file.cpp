// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/command_file.hpp"

#include <cerrno>
#include <cstdio>

#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

Command& check_command_file(lua_State* state) {
  Command& file = CommandClass::check(state, 1);
  if (!file.id) luaL_error(state, "attempt to use a closed file");
  if (file.user) luaL_error(state, "the file is in use by another thread");
  return file;
}

namespace {

/// file:read. On the stack: the file, the formats, and the results that were read so far.
struct Read {
  using Args = Command*;
  static Args parse(lua_State* state) {
    Command& file = check_command_file(state);
    file.formats = lua_gettop(state) - 1;
    if (file.formats == 0) {
      lua_pushliteral(state, "l");
      file.formats = 1;
    }
    luaL_checkstack(state, file.formats + LUA_MINSTACK, "too many arguments");
    return &file;
  }
  static void start(Runtime&, ScriptThread& thread, lua_State*, Args file) noexcept {
    // Completes at once, so that push() reads buffered bytes first.
    const core::Completion done = thread.start<pending::SocketOperation>(*file, "a command").done;
    if (file->reads())
      done({});
    else
      done({.status = core::Status::Error, .error = EBADF});
  }
  static bool next_stage(Runtime&, ScriptThread& thread) noexcept {
    ReadBuffer& unread = static_cast<Command&>(*thread.operation_socket()).unread;
    if (thread.reply().status == core::Status::Ok)
      unread.add(thread.reply().data);
    else if (thread.reply().status == core::Status::Eof)
      unread.end();
    return true;
  }
  static int push(lua_State* state, Runtime& runtime, ScriptThread& thread) {
    if (const int error = error_of(thread.reply())) return push_error(state, error);
    Command& file = CommandClass::check(state, 1);
    int results = lua_gettop(state) - 1 - file.formats;
    while (results < file.formats) {
      const auto portion = next(state, file.unread, 2 + results);
      if (!portion) {
        if (file.unread.size() > runtime.options.receive_limit) return push_error(state, EFBIG);
        runtime.parts.sockets.receive(file.id, {net::ReceiveCondition::Kind::Some, 1, runtime.options.receive_limit},
                                      kNever, thread.start<pending::SocketOperation>(file, "a command").done);
        return kAgain;
      }
      ++results;
      if (portion->success) lua::push_string(state, portion->text);
      if (is_number(state, 1 + results) && portion->success && !to_number(state)) lua_pop(state, 1);
      if (lua_gettop(state) == 1 + file.formats + results) continue;
      luaL_pushfail(state);
      break;
    }
    return results;
  }

 private:
  static char format(lua_State* state, int index) {
    const char* text = luaL_checkstring(state, index);
    return text[*text == '*' ? 1 : 0];
  }
  static bool is_number(lua_State* state, int index) {
    return lua_type(state, index) != LUA_TNUMBER && format(state, index) == 'n';
  }
  static bool to_number(lua_State* state) {
    if (lua_stringtonumber(state, lua_tostring(state, -1)) == 0) return false;
    lua_remove(state, -2);
    return true;
  }
  static std::optional<ReadBuffer::Portion> next(lua_State* state, ReadBuffer& unread, int index) {
    if (lua_type(state, index) == LUA_TNUMBER) {
      return unread.bytes(static_cast<std::size_t>(luaL_checkinteger(state, index)));
    }
    switch (format(state, index)) {
      case 'n':
        return unread.number();
      case 'l':
        return unread.line(false);
      case 'L':
        return unread.line(true);
      case 'a':
        return unread.all();
      default:
        luaL_argerror(state, index, "invalid format");
        return {};
    }
  }
};

/// One step of an iterator of file:lines. The stack is as for file:read.
struct NextLine : Read {
  static int push(lua_State* state, Runtime& runtime, ScriptThread& thread) {
    const int results = Read::push(state, runtime, thread);
    if (results == kAgain || lua_toboolean(state, -results)) return results;
    if (results > 1) return luaL_error(state, "%s", lua_tostring(state, -results + 1));
    if (Command& file = CommandClass::check(state, 1); file.ends_lines) file.close();
    return 0;
  }
};

/// The iterator of file:lines. Upvalues: the file, the number of formats, the formats.
int next_line(lua_State* state) {
  const auto formats = static_cast<int>(lua_tointeger(state, lua_upvalueindex(2)));
  lua_settop(state, 0);
  luaL_checkstack(state, formats + 1, "too many arguments");
  lua_pushvalue(state, lua_upvalueindex(1));
  for (int index = 1; index <= formats; ++index) lua_pushvalue(state, lua_upvalueindex(2 + index));
  if (!CommandClass::check(state, 1).id) return luaL_error(state, "file is already closed");
  return block<NextLine>(state);
}

}  // namespace

int lines_of_command_file(lua_State* state) {
  constexpr int kMaxFormats = 250;
  check_command_file(state);
  const int formats = lua_gettop(state) - 1;
  luaL_argcheck(state, formats <= kMaxFormats, kMaxFormats + 2, "too many arguments");
  lua_pushinteger(state, formats);
  lua_insert(state, 2);
  lua_pushcclosure(state, next_line, formats + 2);
  return 1;
}

int read_command_file(lua_State* state) { return block<Read>(state); }

namespace {

struct Write {
  struct Args {
    Command* file;
    std::string_view data;
  };
  static Args parse(lua_State* state) {
    Command& file = check_command_file(state);
    const int count = lua_gettop(state);
    luaL_checkstack(state, 2, "too many arguments");
    for (int index = 2; index <= count; ++index) {
      if (lua_type(state, index) != LUA_TNUMBER || lua_isinteger(state, index)) {
        luaL_checkstring(state, index);
        continue;
      }
      char text[64];
      std::snprintf(text, sizeof text, LUA_NUMBER_FMT, lua_tonumber(state, index));
      lua_pushstring(state, text);
      lua_replace(state, index);
    }
    lua_concat(state, count - 1);
    return {&file, lua::check_string(state, -1)};
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    const core::Completion done = thread.start<pending::SocketOperation>(*args.file, "a command").done;
    if (args.file->writes())
      runtime.parts.sockets.send(args.file->id, std::string(args.data), kNever, done);
    else
      done({.status = core::Status::Error, .error = EBADF});
  }
  static bool next_stage(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    if (const int error = error_of(thread.reply())) return push_error(state, error);
    lua_settop(state, 1);
    return 1;
  }
};

struct Close {
  using Args = Command*;
  static Args parse(lua_State* state) { return &check_command_file(state); }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, Args file) noexcept {
    if (file->is_file)
      thread.start<pending::SocketOperation>(*file, "a command").done({});
    else
      file->wait_exit(runtime, thread);
  }
  static bool next_stage(Runtime&, ScriptThread& thread) noexcept {
    thread.operation_socket()->close();
    return true;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    if (!CommandClass::check(state, 1).is_file) return push_exit(state, thread.reply());
    lua_pushboolean(state, true);
    return 1;
  }
};

}  // namespace

int write_command_file(lua_State* state) { return block<Write>(state); }
int close_command_file(lua_State* state) { return block<Close>(state); }

namespace {

/// __close. If the script thread cannot be suspended, this does not wait for the exit of the command.
int close_variable(lua_State* state) {
  Command& file = CommandClass::check(state, 1);
  if (!file.id) return 0;
  if (lua::owner<Runtime>(state).current() && lua_isyieldable(state)) return block<Close>(state);
  file.close();
  return 0;
}

int flush(lua_State* state) {
  check_command_file(state);
  lua_pushboolean(state, true);  // writes are not buffered
  return 1;
}

int setvbuf(lua_State* state) {
  static const char* const kModes[] = {"no", "full", "line", nullptr};
  check_command_file(state);
  luaL_checkoption(state, 2, nullptr, kModes);
  luaL_optinteger(state, 3, 0);
  lua_pushboolean(state, true);
  return 1;
}

int seek(lua_State* state) {
  static const char* const kFrom[] = {"set", "cur", "end", nullptr};
  check_command_file(state);
  luaL_checkoption(state, 2, "cur", kFrom);
  luaL_optinteger(state, 3, 0);
  return push_error(state, ESPIPE);
}

int to_string(lua_State* state) {
  const Command& file = CommandClass::check(state, 1);
  if (file.id)
    lua_pushfstring(state, "file (%p)", static_cast<const void*>(&file));
  else
    lua_pushliteral(state, "file (closed)");
  return 1;
}

}  // namespace

void define_command_file(lua_State* state) {
  static const luaL_Reg kMethods[] = {
      {"close", close_command_file}, {"flush", flush},  {"lines", lines_of_command_file},
      {"read", read_command_file},   {"seek", seek},    {"setvbuf", setvbuf},
      {"write", write_command_file}, {nullptr, nullptr}};
  static const luaL_Reg kMetamethods[] = {{"__close", close_variable}, {"__tostring", to_string}, {nullptr, nullptr}};
  CommandClass::define(state, kMethods);
  luaL_setfuncs(state, kMetamethods, 0);
  lua::set_field(state, "__name", LUA_FILEHANDLE);
  lua_pop(state, 1);
}

}  // namespace sluice::nse
