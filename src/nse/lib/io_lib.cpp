// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/io_lib.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "nse/lib/command_file.hpp"
#include "nse/runtime/blocking.hpp"
#include "nse/runtime/open_files.hpp"

namespace sluice::nse {
namespace {

using Pipe = Command::Pipe;

/// Calls the function that the running function replaces, in the frame of the running function, so that error messages
/// name the latter. The replaced function is the upvalue, and has no upvalues itself.
int call_original(lua_State* state) { return lua_tocfunction(state, lua_upvalueindex(1))(state); }

/// The same for a function that opens files. Notes the files (open_files.hpp).
int open_file(lua_State* state) {
  const int results = call_original(state);
  for (int index = -results; index < 0; ++index) note_open_file(state, index);
  return results;
}

struct Popen {
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
  static bool next_stage(Runtime&, ScriptThread& thread) noexcept {
    if (thread.reply().status != core::Status::Ok) thread.operation_socket()->close();
    return true;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    if (const int error = error_of(thread.reply())) return push_error(state, error, lua_tostring(state, 1));
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

// ---- Files that may block.

/// True for a FIFO, a terminal or a device whose reader or writer may have to wait. Regular files and memory devices
/// such as /dev/null and /dev/urandom are always ready. (A regular file may block if its file system does not respond.)
bool may_block(const char* path) noexcept {
  constexpr unsigned kMemoryDevices = 1;  // major number
  constexpr std::array<unsigned, 5> kReady{3, 5, 7, 8,
                                           9};  // null, zero, full, random, urandom; not kmsg, which waits for messages
  struct stat status {};
  if (::stat(path, &status) != 0) return false;
  const bool ready = major(status.st_rdev) == kMemoryDevices &&
                     std::find(kReady.begin(), kReady.end(), minor(status.st_rdev)) != kReady.end();
  return S_ISFIFO(status.st_mode) || (S_ISCHR(status.st_mode) && !ready);
}

/// True if the first argument of the running function is the path of a file that may block. False while scripts are
/// being loaded, because blocking delays no other script then.
bool takes_blocking_file(lua_State* state) {
  return lua_type(state, 1) == LUA_TSTRING && !is_loading(state) && may_block(lua_tostring(state, 1));
}

/// Opens a file that may block, and then calls kThen. On the stack: a new Command, the path, the mode, and further
/// arguments of kThen. kThen finds the Command followed by its further arguments. If the file cannot be opened, raises
/// or returns the error, depending on kRaises.
template <lua_CFunction kThen, bool kRaises>
struct OpenBlocking {
  struct Args {
    Command* file;
    const char *path, *mode;
  };
  static Args parse(lua_State* state) {
    return {&CommandClass::check(state, 1), lua_tostring(state, 2), lua_tostring(state, 3)};
  }
  static void start(Runtime&, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    args.file->path = args.path;
    args.file->pipe = *args.mode == 'r' ? Pipe::Output : Pipe::Input;
    args.file->appends = *args.mode == 'a';
    args.file->updates = std::strchr(args.mode, '+') != nullptr;
    thread.start<pending::SocketOperation>(*args.file, "a file").done({});
  }
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
    return static_cast<Command&>(*thread.operation_socket()).open(runtime, thread);
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    const char* path = lua_tostring(state, 2);
    const int error = error_of(thread.reply());
    if (error && kRaises) return luaL_error(state, "cannot open file '%s' (%s)", path, std::strerror(error));
    if (error) return push_error(state, error, path);
    lua_rotate(state, 2, -2);
    lua_pop(state, 2);
    return kThen(state);
  }
};

/// Opens the file whose path is at index 1, followed by the further arguments of kThen.
template <lua_CFunction kThen, bool kRaises = true>
int open_blocking(lua_State* state, const char* mode) {
  suspendable_thread(state);
  lua_pushstring(state, mode);
  lua_insert(state, 2);
  CommandClass::push(state, lua::owner<Runtime>(state));
  lua_insert(state, 1);
  return block<OpenBlocking<kThen, kRaises>>(state);
}

int give_file(lua_State* state) {
  lua_settop(state, 1);
  return 1;
}

/// True if `mode` is valid for Lua's io.open: "r", "w" or "a", then optionally "+", then optionally "b".
bool is_mode(std::string_view mode) {
  if (mode.empty() || mode.find_first_of("rwa") != 0) return false;
  mode.remove_prefix(mode.substr(1).starts_with('+') ? 2 : 1);
  return mode.find_first_not_of('b') == std::string_view::npos;
}

int open(lua_State* state) {
  luaL_checkstring(state, 1);
  const char* mode = luaL_optstring(state, 2, "r");
  if (!takes_blocking_file(state)) return open_file(state);
  if (!is_mode(mode)) return call_original(state);  // which raises
  return open_blocking<give_file, false>(state, mode);
}

// ---- The functions of io that take files.

/// Keys in the Lua registry of the default files if these are Commands. Otherwise Lua's own default files are in use.
constexpr char kInput[] = "sluice.input", kOutput[] = "sluice.output";

/// Pushes the default file and returns true if it is a Command.
bool push_default(lua_State* state, const char* key) {
  if (lua_getfield(state, LUA_REGISTRYINDEX, key) == LUA_TUSERDATA) return true;
  lua_pop(state, 1);
  return false;
}

/// The same, but inserts the file at index 1. Raises if it is closed.
bool insert_default(lua_State* state, const char* key) {
  if (!push_default(state, key)) return false;
  if (!CommandClass::check(state, -1).id) luaL_error(state, "default %s file is closed", key + sizeof "sluice." - 1);
  lua_insert(state, 1);
  return true;
}

/// io.input and io.output.
template <const char* kKey>
int choose_default(lua_State* state) {
  if (takes_blocking_file(state)) {
    lua_settop(state, 1);
    return open_blocking<choose_default<kKey>>(state, kKey == kInput ? "r" : "w");
  }
  if (lua_isnoneornil(state, 1)) return push_default(state, kKey) ? 1 : call_original(state);
  if (CommandClass::test(state, 1)) {
    check_command_file(state);
    lua_settop(state, 1);
  } else {
    call_original(state);
    lua_pushnil(state);
  }
  lua_setfield(state, LUA_REGISTRYINDEX, kKey);
  lua_settop(state, 0);
  return choose_default<kKey>(state);
}

int read_default(lua_State* state) {
  return insert_default(state, kInput) ? read_command_file(state) : call_original(state);
}

int write_default(lua_State* state) {
  return insert_default(state, kOutput) ? write_command_file(state) : call_original(state);
}

/// The results of io.lines(path, ...). On the stack: the opened file and the formats.
int lines_of_new_file(lua_State* state) {
  CommandClass::check(state, 1).ends_lines = true;
  lua_pushvalue(state, 1);
  lua_insert(state, 1);
  lua_pushcfunction(state, lines_of_command_file);
  lua_insert(state, 2);
  lua_call(state, lua_gettop(state) - 2, 1);
  lua_pushnil(state);
  lua_pushnil(state);
  lua_pushvalue(state, 1);
  return 4;
}

int lines_of(lua_State* state) {
  if (takes_blocking_file(state)) return open_blocking<lines_of_new_file>(state, "r");
  if (!lua_isnoneornil(state, 1) || !insert_default(state, kInput)) return open_file(state);
  if (lua_gettop(state) > 1) lua_remove(state, 2);
  return lines_of_command_file(state);
}

int close_file(lua_State* state) {
  if (lua_isnone(state, 1)) insert_default(state, kOutput);
  return CommandClass::test(state, 1) ? close_command_file(state) : call_original(state);
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

/// print. Writes the line in one piece, because several worker threads may print at the same time.
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

/// Replaces the standard input, the default input of io.read and io.lines, by an empty file. `io` is on top of the
/// stack.
void empty_standard_input(lua_State* state) {
  static std::FILE* const empty = std::fopen("/dev/null", "re");  // shared by all Lua states; never closed
  if (!empty) luaL_error(state, "/dev/null: %s", std::strerror(errno));
  lua_getfield(state, -1, "stdin");
  static_cast<luaL_Stream*>(luaL_checkudata(state, -1, LUA_FILEHANDLE))->f = empty;
  lua_pop(state, 1);
}

}  // namespace

void open_io(lua_State* state) {
  static const luaL_Reg kReplaced[] = {{"popen", popen},
                                       {"open", open},
                                       {"tmpfile", open_file},
                                       {"type", type},
                                       {"close", close_file},
                                       {"input", choose_default<kInput>},
                                       {"output", choose_default<kOutput>},
                                       {"read", read_default},
                                       {"write", write_default},
                                       {"lines", lines_of}};
  define_command_file(state);
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
