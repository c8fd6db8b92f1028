// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/rule_watch.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "lua/binding.hpp"
#include "nse/runtime/rule_observation.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

/// As the driver of a run, but without a call of the action.
constexpr std::string_view kRuleDriver = R"(
local watch, enter, decide, recording = ...
return function(chunk, env, rule, ...)
  watch()
  chunk(env)
  enter(...)
  if decide(not rule or env[rule](...), rule and env[rule]) then env[rule](recording(...)) end
  return false
end)";

/// Functions that the hook recognizes. The values are those in the table at kRuleWatchKey.
enum class Known : lua_Integer { Nothing, IsPrivileged, GetPortState, VersionIntensity, PortIsExcluded, GetScriptArgs };
struct KnownFunction {
  const char *module, *name;
  Known meaning;
};
constexpr KnownFunction kKnownFunctions[] = {
    {"nmap", "is_privileged", Known::IsPrivileged},         {"nmap", "get_port_state", Known::GetPortState},
    {"nmap", "version_intensity", Known::VersionIntensity}, {"nmap", "port_is_excluded", Known::PortIsExcluded},
    {"stdnse", "get_script_args", Known::GetScriptArgs},
};

/// Key in the Lua registry of a table: the functions of kKnownFunctions as keys, and the names of fields as items, so
/// that the hook creates no strings.
const char kRuleWatchKey = 0;
enum RuleField : lua_Integer { kNumberField = 1, kProtocolField, kStateField };
constexpr const char* kRuleFieldNames[] = {"number", "protocol", "state"};

/// The observation of the running instance; null if there is none.
RuleObservation* observed(lua_State* state) noexcept {
  const ScriptThread* thread = lua::owner<Runtime>(state).current();
  return thread ? thread->observation() : nullptr;
}

// The hook and the functions below call no function of Lua that may raise, because they have C++ objects.

/// Returns the string or the number at the top of the stack, and pops it; nothing for other values.
std::optional<std::string> pop_word(lua_State* state) {
  std::optional<std::string> word;
  if (lua_type(state, -1) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* text = lua_tolstring(state, -1, &size);
    word.emplace(text, size);
  } else if (lua_isinteger(state, -1)) {
    word = std::to_string(lua_tointeger(state, -1));
  }
  lua_pop(state, 1);
  return word;
}

/// Pops a word or an array of words. Returns an empty list if an item is neither a string nor an integer.
std::vector<std::string> pop_words(lua_State* state) {
  std::vector<std::string> words;
  if (!lua_istable(state, -1)) {
    if (auto word = pop_word(state)) words.push_back(std::move(*word));
    return words;
  }
  const auto count = static_cast<lua_Integer>(std::min<lua_Unsigned>(lua_rawlen(state, -1), 1000));
  for (lua_Integer index = 1; index <= count; ++index) {
    lua_rawgeti(state, -1, index);
    auto word = pop_word(state);
    if (!word) {
      words.clear();
      break;
    }
    words.push_back(std::move(*word));
  }
  lua_pop(state, 1);
  return words;
}

/// True if a parameter of the called function is the port table.
bool receives_port(lua_State* state, lua_Debug& call, const RuleObservation& seen) {
  if (!seen.port_table) return false;
  bool found = false;
  for (int index = 0; index < call.ntransfer && !found; ++index) {
    if (!lua_getlocal(state, &call, call.ftransfer + index)) break;
    found = lua_istable(state, -1) && lua_topointer(state, -1) == seen.port_table;
    lua_pop(state, 1);
  }
  return found;
}

/// Reads the upvalues of the Lua function at `function`, which receives the port table.
void read_wish(lua_State* state, int function, RuleObservation& seen, const PortReport& port) {
  PortWish wish;
  for (int index = 1;; ++index) {
    const char* const name = lua_getupvalue(state, function, index);
    if (!name) break;
    const std::string_view upvalue = name;
    if (upvalue == "ports")
      wish.ports = pop_words(state);
    else if (upvalue == "services")
      wish.services = pop_words(state);
    else if (upvalue == "protos")
      wish.protocols = pop_words(state);
    else if (upvalue == "states")
      wish.states = pop_words(state);
    else {
      if (upvalue == "rarity" && lua_isinteger(state, -1)) seen.rarity = static_cast<int>(lua_tointeger(state, -1));
      lua_pop(state, 1);
    }
  }
  if (!wish.ports.empty() || !wish.services.empty()) seen.add_wish(std::move(wish), port);
}

/// True if stdnse.get_script_args finds an argument: by its name or by the part behind the last dot.
bool is_given(const Value::Table& arguments, std::string_view name) {
  const auto has = [&](std::string_view key) {
    const auto is_key = [&](const Value& item) {
      const auto* text = std::get_if<std::string>(&item.data);
      return text && *text == key;
    };
    return std::ranges::find(arguments.fields, key, &Value::Field::key) != arguments.fields.end() ||
           std::ranges::any_of(arguments.items, is_key);
  };
  const std::size_t dot = name.rfind('.');
  return has(name) || (dot != std::string_view::npos && has(name.substr(dot + 1)));
}

/// Reads the names that stdnse.get_script_args receives. An array has names of one argument.
void read_argument_names(lua_State* state, lua_Debug& call, RuleObservation& seen, const Value::Table& given) {
  for (int index = -1; lua_getlocal(state, &call, index); --index) {
    const std::vector<std::string> names = pop_words(state);
    const bool found = std::ranges::any_of(names, [&](const std::string& name) { return is_given(given, name); });
    if (!found && !names.empty()) seen.add_missing_argument(names.front());
  }
}

/// Replaces the table on top of the stack by one of its fields. `functions`: index of the table at kRuleWatchKey.
void replace_by_field(lua_State* state, int functions, RuleField field) {
  lua_rawgeti(state, functions, field);
  lua_rawget(state, -2);
  lua_remove(state, -2);
}

/// Reads the port that nmap.get_port_state receives, and its state. The host and the port are still on the stack of the
/// C function when it returns.
void read_asked_port(lua_State* state, lua_Debug& call, int functions, RuleObservation& seen) {
  if (!lua_getlocal(state, &call, 2)) return;
  if (!lua_istable(state, -1)) return lua_pop(state, 1);
  lua_pushvalue(state, -1);
  replace_by_field(state, functions, kProtocolField);
  const auto protocol = pop_word(state);
  replace_by_field(state, functions, kNumberField);
  const lua_Integer number = lua_isinteger(state, -1) ? lua_tointeger(state, -1) : 0;
  lua_pop(state, 1);
  if (!protocol || !lua_getlocal(state, &call, call.ftransfer)) return;
  std::string port_state;
  if (lua_istable(state, -1)) {
    replace_by_field(state, functions, kStateField);
    port_state = pop_word(state).value_or("");
  } else {
    lua_pop(state, 1);
  }
  seen.add_asked_port(static_cast<std::uint16_t>(number), *protocol, port_state);
}

/// Reads the result of a known function that returns.
void read_result(lua_State* state, lua_Debug& call, Known function, int functions, RuleObservation& seen) {
  if (function == Known::GetPortState) return read_asked_port(state, call, functions, seen);
  if (function == Known::Nothing || call.ntransfer == 0 || !lua_getlocal(state, &call, call.ftransfer)) return;
  if (function == Known::IsPrivileged && !lua_toboolean(state, -1)) seen.unprivileged = true;
  if (function == Known::PortIsExcluded && lua_toboolean(state, -1)) seen.excluded = true;
  if (function == Known::VersionIntensity) seen.intensity = static_cast<int>(lua_tointeger(state, -1));
  lua_pop(state, 1);
}

void observe(lua_State* state, lua_Debug& call, const ScriptThread& thread, RuleObservation& seen) noexcept try {
  lua_getinfo(state, "fr", &call);
  const int function = lua_gettop(state);
  lua_rawgetp(state, LUA_REGISTRYINDEX, &kRuleWatchKey);
  const int functions = lua_gettop(state);
  lua_pushvalue(state, function);
  lua_rawget(state, functions);
  const auto known = static_cast<Known>(lua_tointeger(state, -1));
  lua_pop(state, 1);
  if (call.event == LUA_HOOKRET) {
    if (seen.in_rule) read_result(state, call, known, functions, seen);
  } else if (known == Known::GetScriptArgs) {
    read_argument_names(state, call, seen, thread.runtime().options.arguments);
  } else if (!lua_iscfunction(state, function) && thread.port() && receives_port(state, call, seen)) {
    read_wish(state, function, seen, *thread.port());
  }
  lua_settop(state, function - 1);
} catch (const std::bad_alloc&) {  // Lua restores the stack
}

void on_call_or_return(lua_State* state, lua_Debug* activation) {
  Runtime& runtime = lua::owner<Runtime>(state);
  if (activation->event == LUA_HOOKCOUNT) return runtime.watchdog.count();
  const ScriptThread* thread = runtime.current();
  RuleObservation* seen = observed(state);
  if (thread && seen && !seen->verdict) observe(state, *activation, *thread, *seen);
}

/// watch(): begins to observe the calling coroutine, and those that it creates. A CPU limit ends the observation,
/// because its hook replaces this one.
int watch(lua_State* state) {
  lua::owner<Runtime>(state).watchdog.set_further_hook(state, on_call_or_return, LUA_MASKCALL | LUA_MASKRET);
  return 0;
}

/// enter(HOST, PORT): the rule begins.
int enter(lua_State* state) {
  if (RuleObservation* seen = observed(state)) {
    seen->in_rule = true;
    seen->port_table = lua_istable(state, 2) ? lua_topointer(state, 2) : nullptr;
  }
  return 0;
}

/// True if an upvalue of the function at `index` is nil.
bool has_nil_upvalue(lua_State* state, int index) noexcept {
  if (!lua_isfunction(state, index) || lua_iscfunction(state, index)) return false;
  for (int number = 1; lua_getupvalue(state, index, number); ++number) {
    const bool nil = lua_isnil(state, -1);
    lua_pop(state, 1);
    if (nil) return true;
  }
  return false;
}

/// decide(VERDICT, RULE): stores the verdict. Returns true if the rule is to be called again, to find out what it
/// reads.
int decide(lua_State* state) {
  bool again = false;
  if (RuleObservation* seen = observed(state)) {
    const bool verdict = lua_toboolean(state, 1) != 0;
    seen->verdict = verdict;
    again = !verdict && !seen->refused && !seen->has_unmet_wish() &&
            lua::owner<Runtime>(state).current()->host().report != nullptr;
    const bool early = !verdict && has_nil_upvalue(state, 2);
    [&]() noexcept {
      if (early)
        for (const std::string& name : seen->early_missing_arguments) seen->add_missing_argument(name);
    }();
  }
  lua_pushboolean(state, again);
  return 1;
}

void push_recorder(lua_State* state, int original, int path);

/// The metamethod __index. Upvalues: the recorded table, its path. Stores the field in the table, so that it is
/// recorded once and a table keeps its identity.
int record_field(lua_State* state) {
  lua_settop(state, 2);
  lua_pushvalue(state, 2);
  lua_rawget(state, lua_upvalueindex(1));
  const int value = lua_gettop(state), type = lua_type(state, value);
  if (lua_type(state, 2) == LUA_TSTRING)
    lua_pushfstring(state, "%s.%s", lua_tostring(state, lua_upvalueindex(2)), lua_tostring(state, 2));
  else
    lua_pushfstring(state, "%s[...]", lua_tostring(state, lua_upvalueindex(2)));
  const int path = lua_gettop(state);
  if (type == LUA_TTABLE) {
    push_recorder(state, value, path);
    lua_pushvalue(state, 2);
    lua_pushvalue(state, -2);
    lua_rawset(state, 1);
    return 1;
  }
  if (type == LUA_TNIL || type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN) {
    luaL_tolstring(state, value, nullptr);
    const std::string_view field = lua::check_string(state, path), text = lua::check_string(state, -1);
    [&]() noexcept {
      if (RuleObservation* seen = observed(state))
        seen->add_read(field, type == LUA_TNIL ? std::nullopt : std::optional(text));
    }();
  }
  lua_pushvalue(state, value);
  return 1;
}

int length_of_recorded(lua_State* state) {
  lua_pushinteger(state, static_cast<lua_Integer>(lua_rawlen(state, lua_upvalueindex(1))));
  return 1;
}

int next_of_recorded(lua_State* state) {
  lua_settop(state, 2);
  if (lua_next(state, 1)) return 2;
  lua_pushnil(state);
  return 1;
}

int pairs_of_recorded(lua_State* state) {
  lua_pushcfunction(state, next_of_recorded);
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_pushnil(state);
  return 3;
}

/// Pushes a table that behaves as the one at `original`, and records which fields are read. Changes stay in it.
/// `path`: index of its name.
void push_recorder(lua_State* state, int original, int path) {
  luaL_checkstack(state, 6, "a host table is nested too deeply");
  lua_newtable(state);
  lua_createtable(state, 0, 3);
  lua_pushvalue(state, original);
  lua_pushvalue(state, path);
  lua_pushcclosure(state, record_field, 2);
  lua_setfield(state, -2, "__index");
  lua_pushvalue(state, original);
  lua_pushcclosure(state, length_of_recorded, 1);
  lua_setfield(state, -2, "__len");
  lua_pushvalue(state, original);
  lua_pushcclosure(state, pairs_of_recorded, 1);
  lua_setfield(state, -2, "__pairs");
  lua_setmetatable(state, -2);
}

/// recording(HOST, PORT): returns tables that record which of their fields are read.
int recording(lua_State* state) {
  static constexpr const char* kRecordedNames[] = {"host", "port"};
  const int count = std::min(lua_gettop(state), 2);
  for (int index = 1; index <= count; ++index) {
    lua_pushstring(state, kRecordedNames[index - 1]);
    push_recorder(state, index, lua_gettop(state));
    lua_remove(state, -2);
  }
  return count;
}

void store_known_functions(lua_State* state) {
  lua_newtable(state);
  luaL_getsubtable(state, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  for (const KnownFunction& function : kKnownFunctions) {
    if (lua_getfield(state, -1, function.module) == LUA_TTABLE) {
      lua_pushstring(state, function.name);
      if (lua_rawget(state, -2) == LUA_TFUNCTION) {
        lua_pushinteger(state, static_cast<lua_Integer>(function.meaning));
        lua_rawset(state, -5);
      } else {
        lua_pop(state, 1);
      }
    }
    lua_pop(state, 1);
  }
  lua_pop(state, 1);
  lua_Integer index = 0;
  for (const char* field : kRuleFieldNames) {
    lua_pushstring(state, field);
    lua_rawseti(state, -2, ++index);
  }
  lua_rawsetp(state, LUA_REGISTRYINDEX, &kRuleWatchKey);
}

}  // namespace

void push_rule_driver(lua_State* state) {
  store_known_functions(state);
  if (luaL_loadbufferx(state, kRuleDriver.data(), kRuleDriver.size(), "=sluice", "t") != LUA_OK) lua_error(state);
  for (const lua_CFunction function : {watch, enter, decide, recording}) lua_pushcfunction(state, function);
  lua_call(state, 4, 1);
}

}  // namespace sluice::nse
