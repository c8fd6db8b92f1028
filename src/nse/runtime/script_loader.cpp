// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <sluice/quote.hpp>
#include <sluice/spelling.hpp>
#include <string>

#include "base/text.hpp"
#include "base/text_file.hpp"
#include "lua/binding.hpp"
#include "lua/chunk.hpp"
#include "nse/runtime/results.hpp"
#include "nse/runtime/runtime.hpp"

// Implements Runtime::load.

namespace sluice::nse {
namespace {

/// Arguments and results of load_protected, which runs in a protected call and so must own no C++ objects.
struct Loading {
  Script& script;
  std::string source;
  lua::Ref& environment_meta;
  std::string problem;
  bool skipped = false;
  std::string doubt{};
};

/// Optional fields of a script. Their default value is an empty table in its environment.
constexpr std::array kLists{"categories", "dependencies"};

int traced(lua_State* state) {
  if (is_silent_failure(state, 1)) return 1;
  luaL_tolstring(state, 1, nullptr);
  if (lua::owner<Runtime>(state).options.debugging) luaL_traceback(state, state, lua_tostring(state, -1), 1);
  return 1;
}

/// Reads the strings of an array field. Sets `problem` and returns false if the field is not an array of strings.
bool read_list(lua_State* state, const char* field, std::vector<std::string>& list, std::string& problem) {
  lua_pushstring(state, field);
  if (lua_rawget(state, -2) != LUA_TTABLE) {
    problem = std::string("field '") + field + "' is of improper type '" + luaL_typename(state, -1) +
              "', expected type 'table'";
    lua_pop(state, 1);
    return false;
  }
  for (lua_Integer index = 1;; ++index) {
    const int type = lua_rawgeti(state, -1, index);
    if (type == LUA_TSTRING) list.emplace_back(lua_tostring(state, -1));
    lua_pop(state, 1);
    if (type == LUA_TNIL) break;
    if (type != LUA_TSTRING) {
      problem = std::string("has non-string entries in the '") + field + "' array";
      lua_pop(state, 1);
      return false;
    }
  }
  lua_pop(state, 1);
  return true;
}

/// Searches the environment on top of the stack for a field of this type whose name is probably a misspelling of one of
/// `names`. Returns "; did you mean ...?", or "" if there is none.
template <class Names>
std::string misspelling(lua_State* state, const Names& names, int type = LUA_TFUNCTION) {
  std::string found;
  lua_pushnil(state);
  while (lua_next(state, -2) != 0) {
    const bool fits = lua_type(state, -1) == type;
    lua_pop(state, 1);
    if (!fits || lua_type(state, -1) != LUA_TSTRING || !found.empty()) continue;
    const std::string_view field = lua_tostring(state, -1);
    if (std::find(names.begin(), names.end(), field) != names.end()) continue;
    if (const auto meant = closest_word(field, names))
      found = "; did you mean '" + *meant + "' by '" + shortened(field) + "'?";
  }
  return found;
}

/// Reads the fields of the script from the environment on top of the stack, after the chunk has run.
void read_fields(lua_State* state, Loading& loading) {
  Script& script = loading.script;
  lua_pushliteral(state, "action");
  const int action = lua_rawget(state, -2);
  lua_pop(state, 1);
  if (action == LUA_TNIL) {
    loading.problem = "is missing required field: 'action'" + misspelling(state, std::array{std::string("action")});
    return;
  }
  if (action != LUA_TFUNCTION) {
    loading.problem = std::string("field 'action' is of improper type '") + lua_typename(state, action) +
                      "', expected type 'function'";
    return;
  }
  bool any = false;
  for (std::size_t rule = 0; rule < kRuleNames.size(); ++rule) {
    lua_pushstring(state, kRuleNames[rule]);
    const int type = lua_rawget(state, -2);
    lua_pop(state, 1);
    if (type == LUA_TNIL) continue;
    if (type != LUA_TFUNCTION) {
      loading.problem = std::string(kRuleNames[rule]) + " must be a function!";
      return;
    }
    script.has_rule[rule] = any = true;
  }
  if (!any) {
    loading.problem = "is missing required function: 'rule'" + misspelling(state, kRuleNames);
    return;
  }
  if (!read_list(state, "categories", script.categories, loading.problem)) return;
  if (!read_list(state, "dependencies", script.dependencies, loading.problem)) return;
  loading.doubt = misspelling(state, kLists, LUA_TTABLE);
  if (loading.doubt.empty()) loading.doubt = misspelling(state, kRuleNames);
  lua_pushliteral(state, "description");
  if (lua_rawget(state, -2) == LUA_TSTRING) script.description = lua_tostring(state, -1);
  lua_pop(state, 1);
}

int load_protected(lua_State* state) {
  auto& loading = *static_cast<Loading*>(lua_touserdata(state, 1));
  Script& script = loading.script;
  if (lua::load_chunk(state, loading.source, script.path) != LUA_OK) {
    loading.problem = lua::describe(state, -1);
    return 0;
  }
  lua_pushvalue(state, -1);
  script.chunk = lua::Ref(state);
  lua_pushcfunction(state, traced);
  lua_insert(state, -2);
  lua_createtable(state, 0, 12);
  lua::set_field(state, "SCRIPT_PATH", script.path);
  lua::set_field(state, "SCRIPT_NAME", script.id);
  for (const char* list : kLists) {
    lua_newtable(state);
    lua_setfield(state, -2, list);
  }
  loading.environment_meta.push(state);
  lua_setmetatable(state, -2);
  lua_pushvalue(state, -1);
  lua_insert(state, -3);  // environment, chunk, environment
  if (lua_pcall(state, 1, 0, -4) != LUA_OK) {
    loading.skipped = is_silent_failure(state, -1);
    loading.problem = describe_error(state, -1);
    return 0;
  }
  read_fields(state, loading);
  return 0;
}

/// Joins the first two lines of an error message, which say what failed and why. The further lines of an error of
/// `require` list all places that it has searched.
std::string in_one_line(std::string_view message) {
  std::string text;
  for (int lines = 0; lines < 2 && !message.empty();) {
    const std::string_view line = trim(take_until(message, '\n'));
    if (line.empty()) continue;
    if (lines++ > 0) text += ' ';
    text += line;
  }
  return text;
}

}  // namespace

Result<Runtime::Loaded> Runtime::load(const std::string& path, const std::string& id) {
  Result<std::string> source = read_text_file(path);
  if (!source) return source.error();
  Loaded loaded;
  loaded.script.id = id;
  loaded.script.path = path;
  Loading loading{loaded.script, std::move(*source), environment_meta_, {}};
  lua_pushcfunction(state_, load_protected);
  lua_pushlightuserdata(state_, &loading);
  exited_while_loading_ = false;
  int status = LUA_OK;
  {
    const CodeOfScripts chunk(*this, state_, loaded.script);
    status = lua_pcall(state_, 1, 0, 0);
  }
  if (status != LUA_OK) {
    loading.problem = lua::describe(state_, -1);
    lua_pop(state_, 1);
  }
  if (exited_while_loading_) return Error{path + ": calls os.exit while it is loaded"};
  loaded.skipped = loading.skipped;
  if (loaded.skipped) loaded.reason = in_one_line(loading.problem);
  constexpr std::string_view kBetween = "; ";
  if (!loading.doubt.empty()) loaded.doubt = loading.doubt.substr(kBetween.size());
  if (loaded.skipped || loading.problem.empty()) return loaded;
  if (!options.debugging) loading.problem = in_one_line(loading.problem);
  // A message of Lua begins with the path.
  if (loading.problem.find(path) != std::string::npos) return Error{loading.problem};
  return Error{shortened(path) + ": " + loading.problem};
}

}  // namespace sluice::nse
