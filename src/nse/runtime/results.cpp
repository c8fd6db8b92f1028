// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/results.hpp"

#include "lua/state.hpp"

// Functions that run in a protected call own no C++ objects. They write to objects of the caller through references.
// The reason: metamethods of a result may raise, and if Lua is compiled as C, a raise destroys no C++ objects.

namespace sluice::nse {
namespace {

constexpr int kDeepest = 100;        ///< bounds the depth of a table that contains itself
constexpr int kMaxValues = 1 << 20;  ///< bounds the size of tables that contain one table many times
constexpr const char* kTryError = "nmap.new_try";
constexpr const char* kRequireError = "stdnse.silent_require";

/// Counts a value of a result. Raises if there were too many.
void take_one(lua_State* state, int& left) {
  if (left-- == 0) luaL_error(state, "it holds more than %d values", kMaxValues);
}

/// Raises if tables are nested too deeply.
void go_down(lua_State* state, int depth) {
  if (depth >= kDeepest) luaL_error(state, "its tables are nested more than %d deep", kDeepest);
}

/// Calls `visit` for each item of ipairs(table), with the item on top of the stack.
template <class Visit>
void for_items(lua_State* state, int table, Visit visit) {
  for (lua_Integer i = 1; lua_geti(state, table, i) != LUA_TNIL; ++i) {
    visit();
    lua_pop(state, 1);
  }
  lua_pop(state, 1);
}

/// Calls `visit` for each string key of pairs(table), with the key and the value on top of the stack. __pairs counts.
template <class Visit>
void for_fields(lua_State* state, int table, Visit visit) {
  const auto step = [&] {
    if (lua_type(state, -2) == LUA_TSTRING) visit();
    lua_pop(state, 1);
  };
  if (luaL_getmetafield(state, table, "__pairs") == LUA_TNIL) {
    lua_pushnil(state);
    while (lua_next(state, table)) step();
    return;
  }
  lua_pushvalue(state, table);
  lua_call(state, 1, 3);  // iterator, its state, its control
  for (;;) {
    for (int copies = 0; copies < 3; ++copies) lua_pushvalue(state, -3);
    lua_call(state, 2, 2);
    if (lua_isnil(state, -2)) break;
    step();
    lua_remove(state, -2);  // the key is the new control
  }
  lua_pop(state, 5);
}

void read_value(lua_State* state, int index, int depth, int& left, Value& out) {
  take_one(state, left);
  luaL_checkstack(state, 10, "a result is nested too deeply");
  index = lua_absindex(state, index);
  switch (lua_type(state, index)) {
    case LUA_TBOOLEAN:
      out.data = lua_toboolean(state, index) != 0;
      return;
    case LUA_TNUMBER:
      if (lua_isinteger(state, index))
        out.data = std::int64_t{lua_tointeger(state, index)};
      else
        out.data = double{lua_tonumber(state, index)};
      return;
    case LUA_TTABLE: {
      go_down(state, depth);
      auto& table = out.data.emplace<Value::Table>();
      for_items(state, index, [&] { read_value(state, -1, depth + 1, left, table.items.emplace_back()); });
      for_fields(state, index, [&] {
        std::size_t size = 0;
        const char* key = lua_tolstring(state, -2, &size);
        auto& field = table.fields.emplace_back();
        field.key.assign(key, size);
        read_value(state, -1, depth + 1, left, field.value);
      });
      return;
    }
    default:
      out.data = lua::describe(state, index);
  }
}

/// Appends the text of a structured value to `out` (docs/nse-compat.md, "Results of scripts").
void format(lua_State* state, int index, int depth, int& left, std::string& out) {
  take_one(state, left);
  luaL_checkstack(state, 10, "a result is nested too deeply");
  index = lua_absindex(state, index);
  const bool table = lua_type(state, index) == LUA_TTABLE;
  if (!table || luaL_getmetafield(state, index, "__tostring") != LUA_TNIL) {
    if (table) lua_pop(state, 1);
    out += lua::describe(state, index);
    return;
  }
  go_down(state, depth);
  const auto begin_line = [&] {
    out += '\n';
    out.append(2 * static_cast<std::size_t>(depth) + 2, ' ');
  };
  for_items(state, index, [&] {
    begin_line();
    format(state, -1, depth + 1, left, out);
  });
  for_fields(state, index, [&] {
    begin_line();
    std::size_t size = 0;
    const char* key = lua_tolstring(state, -2, &size);
    out.append(key, size);
    out += ": ";
    format(state, -1, depth + 1, left, out);
  });
}

/// Runs in a protected call. Index 1 and 2: the values that the action returned. Index 3: the ScriptResult to be
/// filled.
int fill_report(lua_State* state) {
  auto& report = *static_cast<ScriptResult*>(lua_touserdata(state, 3));
  const bool text = lua_toboolean(state, 2);
  int values = kMaxValues, lines = kMaxValues;
  if (text) report.output = lua::describe(state, 2);
  if (!lua_isnil(state, 1) && (text || lua_type(state, 1) != LUA_TSTRING))
    read_value(state, 1, 0, values, report.structured.emplace());
  if (report.output.empty() && !lua_isnil(state, 1)) format(state, 1, 0, lines, report.output);
  return 0;
}

std::string_view error_type(lua_State* state, int index) {
  if (lua_type(state, index) != LUA_TTABLE || !lua_checkstack(state, 3)) return {};
  index = lua_absindex(state, index);
  lua_pushliteral(state, "errtype");
  lua_rawget(state, index);
  const std::string_view type = lua_type(state, -1) == LUA_TSTRING ? lua_tostring(state, -1) : "";
  lua_pop(state, 1);
  return type;  // valid, because the table refers to the string
}

}  // namespace

std::optional<ScriptResult> script_result(lua_State* state, int index, const std::string& id) {
  lua_settop(state, index + 1);  // values that were not returned are nil
  if (lua_isnil(state, index) && !lua_toboolean(state, index + 1)) return std::nullopt;
  ScriptResult report{id, {}, std::nullopt};
  if (!lua_checkstack(state, 8)) return std::nullopt;
  const bool text = lua_toboolean(state, index + 1);
  lua_pushcfunction(state, fill_report);
  lua_insert(state, index);
  lua_pushlightuserdata(state, &report);
  if (lua_pcall(state, 3, 0, 0) != LUA_OK) {
    if (!text) report.output.clear();
    if (!report.output.empty()) report.output += '\n';
    report.output += "ERROR: the result cannot be shown: " + lua::describe(state, -1);
    report.structured.reset();
  }
  return report;
}

void push_silent_failure(lua_State* state) {
  lua_createtable(state, 0, 2);
  lua_pushstring(state, kRequireError);
  lua_setfield(state, -2, "errtype");
}

bool is_silent_failure(lua_State* state, int index) {
  const std::string_view type = error_type(state, index);
  return type == kTryError || type == kRequireError;
}

void unwrap_try_error(lua_State* state) {
  if (error_type(state, -1) != kTryError || !lua_checkstack(state, 1)) return;
  lua_pushliteral(state, "message");
  lua_rawget(state, -2);
  lua_replace(state, -2);
}

std::string describe_error(lua_State* state, int index) {
  if (!is_silent_failure(state, index) || !lua_checkstack(state, 3)) return lua::describe(state, index);
  index = lua_absindex(state, index);
  lua_pushliteral(state, "message");
  lua_rawget(state, index);
  std::string text = lua::describe(state, -1);
  lua_pop(state, 1);
  return text;
}

}  // namespace sluice::nse
