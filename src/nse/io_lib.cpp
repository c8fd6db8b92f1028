#include "nse/io_lib.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "nse/blocking.hpp"
#include "nse/command.hpp"
#include "nse/open_files.hpp"

namespace sluice::nse {
namespace {

using Pipe = Command::Pipe;

/// Calls what a function replaces, its upvalue, in its own name. Those of Lua have no upvalues themselves.
int call_original(lua_State* state) { return lua_tocfunction(state, lua_upvalueindex(1))(state); }

/// The same for what opens a file, which it notes.
int open_file(lua_State* state) {
  const int results = call_original(state);
  for (int index = -results; index < 0; ++index) note_open_file(state, index);
  return results;
}

/// A file that io.popen made, open and at nobody else's service.
Command& check_file(lua_State* state) {
  Command& file = CommandClass::check(state, 1);
  if (!file.id) luaL_error(state, "attempt to use a closed file");
  if (file.user) luaL_error(state, "the file is in use by another thread");
  return file;
}

// ---- The files of io.popen.

struct Popen {
  static constexpr Wait kWait{"a command", false};
  struct Args {
    Command* file;
    const char* line;
    Pipe pipe;
  };
  static Args parse(lua_State* state) {
    return {&CommandClass::check(state, 3), lua_tostring(state, 1),
            *lua_tostring(state, 2) == 'r' ? Pipe::Output : Pipe::Input};
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    args.file->run(runtime, thread, args.line, args.pipe);
  }
  static bool advance(Runtime&, ScriptThread& thread) noexcept {
    if (thread.reply.status != core::Status::Ok) thread.served->close();
    return true;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    if (const int error = error_of(thread.reply)) return push_error(state, error, lua_tostring(state, 1));
    lua_settop(state, 3);
    return 1;
  }
};

int popen(lua_State* state) {
  luaL_checkstring(state, 1);
  const char* mode = luaL_optstring(state, 2, "r");
  luaL_argcheck(state, std::strcmp(mode, "r") == 0 || std::strcmp(mode, "w") == 0, 2, "invalid mode");
  if (is_loading(state)) return *mode == 'w' ? call_original(state) : call_blocking(state);
  suspendable_thread(state);
  lua_settop(state, 1);
  lua_pushstring(state, mode);
  CommandClass::push(state, lua::owner<Runtime>(state));
  return block<Popen>(state);
}

/// file:read: the file at 1, then its formats, then what was read so far.
struct Read {
  static constexpr Wait kWait{"a command", false};
  using Args = Command*;
  static Args parse(lua_State* state) {
    Command& file = check_file(state);
    file.formats = lua_gettop(state) - 1;
    if (file.formats == 0) {
      lua_pushliteral(state, "l");
      file.formats = 1;
    }
    luaL_checkstack(state, file.formats + LUA_MINSTACK, "too many arguments");
    return &file;
  }
  static void start(Runtime&, ScriptThread& thread, lua_State*, Args file) noexcept {
    const core::Completion done = thread.begin(*file);  // what is there already is looked at first
    if (file->pipe == Pipe::Output)
      done({});
    else
      done({.status = core::Status::Error, .error = EBADF});
  }
  static bool advance(Runtime&, ScriptThread& thread) noexcept {
    ReadBuffer& unread = static_cast<Command&>(*thread.served).unread;
    if (thread.reply.status == core::Status::Ok)
      unread.add(thread.reply.data);
    else if (thread.reply.status == core::Status::Eof)
      unread.end();
    return true;
  }
  static int push(lua_State* state, Runtime& runtime, ScriptThread& thread) {
    if (const int error = error_of(thread.reply)) return push_error(state, error);
    Command& file = CommandClass::check(state, 1);
    int results = lua_gettop(state) - 1 - file.formats;
    while (results < file.formats) {
      const auto portion = next(state, file.unread, 2 + results);
      if (!portion) {
        if (file.unread.size() > runtime.options.receive_limit) return push_error(state, EFBIG);
        runtime.parts.network.receive(file.id, {net::Want::Kind::Some, 1, runtime.options.receive_limit}, kNever,
                                      thread.begin(file));
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

/// One step of file:lines. The stack is as for file:read.
struct NextLine : Read {
  static int push(lua_State* state, Runtime& runtime, ScriptThread& thread) {
    const int results = Read::push(state, runtime, thread);
    if (results == kAgain || lua_toboolean(state, -results)) return results;
    if (results > 1) return luaL_error(state, "%s", lua_tostring(state, -results + 1));
    return 0;
  }
};

/// Upvalues: the file, how many formats, these.
int next_line(lua_State* state) {
  const auto formats = static_cast<int>(lua_tointeger(state, lua_upvalueindex(2)));
  lua_settop(state, 0);
  luaL_checkstack(state, formats + 1, "too many arguments");
  lua_pushvalue(state, lua_upvalueindex(1));
  for (int index = 1; index <= formats; ++index) lua_pushvalue(state, lua_upvalueindex(2 + index));
  if (!CommandClass::check(state, 1).id) return luaL_error(state, "file is already closed");
  return block<NextLine>(state);
}

int lines(lua_State* state) {
  constexpr int kMostFormats = 250;
  check_file(state);
  const int formats = lua_gettop(state) - 1;
  luaL_argcheck(state, formats <= kMostFormats, kMostFormats + 2, "too many arguments");
  lua_pushinteger(state, formats);
  lua_insert(state, 2);
  lua_pushcclosure(state, next_line, formats + 2);
  return 1;
}

struct Write {
  static constexpr Wait kWait{"a command", false};
  struct Args {
    Command* file;
    std::string_view data;
  };
  static Args parse(lua_State* state) {
    Command& file = check_file(state);
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
    const core::Completion done = thread.begin(*args.file);
    if (args.file->pipe == Pipe::Input)
      runtime.parts.network.send(args.file->id, std::string(args.data), kNever, done);
    else
      done({.status = core::Status::Error, .error = EBADF});
  }
  static bool advance(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    if (const int error = error_of(thread.reply)) return push_error(state, error);
    lua_settop(state, 1);
    return 1;
  }
};

struct Close {
  static constexpr Wait kWait{"a command", false};
  using Args = Command*;
  static Args parse(lua_State* state) { return &check_file(state); }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, Args file) noexcept {
    file->wait_exit(runtime, thread);
  }
  static bool advance(Runtime&, ScriptThread& thread) noexcept {
    thread.served->close();
    return true;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) { return push_exit(state, thread.reply); }
};

/// __close. Where nobody can wait, what is left of the command is not waited for.
int close_variable(lua_State* state) {
  Command& file = CommandClass::check(state, 1);
  if (!file.id) return 0;
  if (lua::owner<Runtime>(state).current() && lua_isyieldable(state)) return block<Close>(state);
  file.close();
  return 0;
}

int flush(lua_State* state) {
  check_file(state);
  lua_pushboolean(state, true);  // nothing is kept back
  return 1;
}

int setvbuf(lua_State* state) {
  static const char* const kModes[] = {"no", "full", "line", nullptr};
  check_file(state);
  luaL_checkoption(state, 2, nullptr, kModes);
  luaL_optinteger(state, 3, 0);
  lua_pushboolean(state, true);
  return 1;
}

int seek(lua_State* state) {
  static const char* const kFrom[] = {"set", "cur", "end", nullptr};
  check_file(state);
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

void define_file(lua_State* state) {
  static const luaL_Reg kMethods[] = {{"close", block<Close>}, {"flush", flush},  {"lines", lines},
                                      {"read", block<Read>},   {"seek", seek},    {"setvbuf", setvbuf},
                                      {"write", block<Write>}, {nullptr, nullptr}};
  static const luaL_Reg kMetamethods[] = {{"__close", close_variable}, {"__tostring", to_string}, {nullptr, nullptr}};
  CommandClass::define(state, kMethods);
  luaL_setfuncs(state, kMetamethods, 0);
  lua::set_field(state, "__name", LUA_FILEHANDLE);
  lua_pop(state, 1);
}

// ---- The functions of io that take files.

// Where the registry has a default file that io.popen made. Lua's own are elsewhere, and the ones in use without it.
constexpr char kInput[] = "sluice.input", kOutput[] = "sluice.output";

bool push_default(lua_State* state, const char* key) {
  if (lua_getfield(state, LUA_REGISTRYINDEX, key) == LUA_TUSERDATA) return true;
  lua_pop(state, 1);
  return false;
}

/// The same in front of the arguments; raises if it is closed.
bool insert_default(lua_State* state, const char* key) {
  if (!push_default(state, key)) return false;
  if (!CommandClass::check(state, -1).id) luaL_error(state, "default %s file is closed", key + sizeof "sluice." - 1);
  lua_insert(state, 1);
  return true;
}

/// io.input and io.output
template <const char* kKey>
int choose_default(lua_State* state) {
  if (lua_isnoneornil(state, 1)) return push_default(state, kKey) ? 1 : call_original(state);
  if (CommandClass::test(state, 1)) {
    check_file(state);
    lua_settop(state, 1);
  } else {
    call_original(state);
    lua_pushnil(state);
  }
  lua_setfield(state, LUA_REGISTRYINDEX, kKey);
  lua_settop(state, 0);
  return choose_default<kKey>(state);
}

int read_default(lua_State* state) { return insert_default(state, kInput) ? block<Read>(state) : call_original(state); }

int write_default(lua_State* state) {
  return insert_default(state, kOutput) ? block<Write>(state) : call_original(state);
}

int lines_of(lua_State* state) {
  if (!lua_isnoneornil(state, 1) || !insert_default(state, kInput)) return open_file(state);
  if (lua_gettop(state) > 1) lua_remove(state, 2);
  return lines(state);
}

int close_file(lua_State* state) {
  if (lua_isnone(state, 1)) insert_default(state, kOutput);
  return CommandClass::test(state, 1) ? block<Close>(state) : call_original(state);
}

int type(lua_State* state) {
  luaL_checkany(state, 1);
  const Command* command = CommandClass::test(state, 1);
  const auto* file = static_cast<const luaL_Stream*>(luaL_testudata(state, 1, LUA_FILEHANDLE));
  if (!command && !file)
    luaL_pushfail(state);
  else
    lua_pushstring(state, (command ? !command->id : !file->closef) ? "closed file" : "file");
  return 1;
}

/// In one piece, since workers print at the same time.
int print(lua_State* state) {
  const int count = lua_gettop(state);
  luaL_Buffer line;
  luaL_buffinit(state, &line);
  for (int index = 1; index <= count; ++index) {
    if (index > 1) luaL_addchar(&line, '\t');
    luaL_tolstring(state, index, nullptr);
    luaL_addvalue(&line);
  }
  luaL_addchar(&line, '\n');
  luaL_pushresult(&line);
  const std::string_view text = lua::check_string(state, -1);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  return 0;
}

/// The standard input, which is the default input of io.read and io.lines, reads from an empty file.
void empty_standard_input(lua_State* state) {
  static std::FILE* const empty = std::fopen("/dev/null", "re");  // of all states, never closed
  if (!empty) luaL_error(state, "/dev/null: %s", std::strerror(errno));
  lua_getfield(state, -1, "stdin");
  static_cast<luaL_Stream*>(luaL_checkudata(state, -1, LUA_FILEHANDLE))->f = empty;
  lua_pop(state, 1);
}

}  // namespace

void open_io(lua_State* state) {
  static const luaL_Reg kReplaced[] = {{"popen", popen},
                                       {"open", open_file},
                                       {"tmpfile", open_file},
                                       {"type", type},
                                       {"close", close_file},
                                       {"input", choose_default<kInput>},
                                       {"output", choose_default<kOutput>},
                                       {"read", read_default},
                                       {"write", write_default},
                                       {"lines", lines_of}};
  define_file(state);
  lua_getglobal(state, LUA_IOLIBNAME);
  for (const luaL_Reg& each : kReplaced) {
    lua_getfield(state, -1, each.name);
    lua_pushcclosure(state, each.func, 1);
    lua_setfield(state, -2, each.name);
  }
  empty_standard_input(state);
  lua_pop(state, 1);
  lua_pushcfunction(state, print);
  lua_setglobal(state, "print");
}

}  // namespace sluice::nse
