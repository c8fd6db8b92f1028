// SPDX-License-Identifier: Apache-2.0
#include "lua/state.hpp"

#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace sluice::lua {
namespace {

void* allocate(void* context, void* block, std::size_t old_size, std::size_t new_size) {
  Home& home = *static_cast<Home*>(context);
  if (!block) old_size = 0;  // without a block, Lua passes a type tag
  if (new_size == 0) {
    std::free(block);
    home.bytes -= old_size;
    return nullptr;
  }
  if (new_size > old_size) {
    if (home.limit && home.bytes + (new_size - old_size) > home.limit) {
      home.limited = true;
      if (home.retried && home.on_refusal) home.on_refusal(home);
      home.retried = !home.retried;
      return nullptr;
    }
    home.retried = false;
    if (home.failures_after > 0) {
      --home.failures_after;
    } else if (home.failures_after != Home::kNoFailures) {
      home.failures_after = home.failures_after == 0 ? Home::kOnceMore : Home::kNoFailures;
      home.failed = true;
      return nullptr;
    }
  }
  void* moved = block ? std::realloc(block, new_size) : std::malloc(new_size);
  if (!moved) return nullptr;
  home.bytes += new_size - old_size;
  if (home.alarm && home.bytes > home.alarm && new_size > old_size) home.on_alarm(home);
  return moved;
}

/// Handles an error outside of all protected calls. A terminate handler finds it as the current exception.
int panic(lua_State* state) {
  const char* message = lua_type(state, -1) == LUA_TSTRING ? lua_tostring(state, -1) : "an error without a message";
  try {
    throw std::runtime_error(std::string("Lua panicked: ") + message);
  } catch (...) {
    std::terminate();
  }
}

int traceback_protected(lua_State* state) {
  auto* of = static_cast<lua_State*>(lua_touserdata(state, 1));
  luaL_traceback(state, of, nullptr, of == state ? 1 : 0);
  return 1;
}

int describe_protected(lua_State* state) {
  luaL_tolstring(state, 1, nullptr);
  return 1;
}

/// Calls the function below its `arguments` on the stack and returns its result, a string; nothing if the call failed.
/// Removes both from the stack.
std::optional<std::string> take_string(lua_State* state, int arguments) {
  std::optional<std::string> text;
  if (lua_pcall(state, arguments, 1, 0) == LUA_OK) {
    std::size_t size = 0;
    if (const char* data = lua_tolstring(state, -1, &size)) text.emplace(data, size);
  }
  lua_pop(state, 1);
  return text;
}

}  // namespace

State::State() : state_(lua_newstate(allocate, &home_)) {
  if (!state_) throw std::bad_alloc();
  home_.main = state_;
  lua_atpanic(state_, panic);
  *static_cast<Home**>(lua_getextraspace(state_)) = &home_;
  luaL_openlibs(state_);
}

State::~State() { close(); }

void State::close() noexcept {
  if (state_) lua_close(std::exchange(state_, nullptr));
}

std::string traceback(lua_State* of) {
  lua_State* const in = home(of).main;  // the stack of a coroutine that a hook has suspended must not be changed
  if (!lua_checkstack(in, 4)) return {};
  lua_pushcfunction(in, traceback_protected);
  lua_pushlightuserdata(in, of);
  return take_string(in, 1).value_or("");
}

std::string describe(lua_State* state, int index) {
  if (!lua_checkstack(state, 4)) return {};
  const int type = lua_type(state, index);
  if (type == LUA_TSTRING) {
    std::size_t size = 0;
    const char* data = lua_tolstring(state, index, &size);
    return {data, size};
  }
  index = lua_absindex(state, index);
  lua_pushcfunction(state, describe_protected);
  lua_pushvalue(state, index);
  std::optional<std::string> text = take_string(state, 1);
  return text ? *std::move(text) : std::string("(a ") + lua_typename(state, type) + " that cannot be shown)";
}

}  // namespace sluice::lua
