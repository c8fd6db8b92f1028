// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/nmap_lib.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "nse/lib/condvar_lib.hpp"
#include "nse/lib/dnet_lib.hpp"
#include "nse/lib/interfaces_lib.hpp"
#include "nse/lib/mutex_lib.hpp"
#include "nse/lib/new_try.hpp"
#include "nse/lib/ports_lib.hpp"
#include "nse/lib/socket_lib.hpp"
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {
namespace {

const RuntimeOptions& options(lua_State* state) { return lua::owner<Runtime>(state).options; }

bool named_by_user(lua_State* state) {
  const ScriptThread* thread = lua::owner<Runtime>(state).current();
  return thread && thread->script().by_name;
}

/// A function that returns an integer of the options.
template <auto Get>
int integer(lua_State* state) {
  lua_pushinteger(state, static_cast<lua_Integer>(Get(options(state))));
  return 1;
}

constexpr auto kDebugging = [](const RuntimeOptions& options) { return options.debugging; };
constexpr auto kTiming = [](const RuntimeOptions& options) { return options.timing; };
constexpr auto kTtl = [](const RuntimeOptions& options) { return options.ttl; };
constexpr auto kDataLength = [](const RuntimeOptions& options) { return options.data_length; };

int verbosity(lua_State* state) {
  lua_pushinteger(state, options(state).verbosity + (named_by_user(state) ? 1 : 0));
  return 1;
}

/// Returns 9 for a script that was chosen by its name; otherwise the script argument `script-intensity` if it is valid;
/// otherwise --version-intensity.
int version_intensity(lua_State* state) {
  constexpr lua_Integer kMax = 9;
  if (named_by_user(state)) {
    lua_pushinteger(state, kMax);
    return 1;
  }
  lua_Integer intensity = options(state).version_intensity;
  for (const auto& [key, value] : options(state).arguments.fields) {
    const auto* text = std::get_if<std::string>(&value.data);
    char* end = nullptr;
    if (key != "script-intensity" || !text || text->empty()) continue;
    const long number = std::strtol(text->c_str(), &end, 10);
    if (!*end && number >= 0 && number <= kMax) intensity = number;
  }
  lua_pushinteger(state, intensity);
  return 1;
}

int address_family(lua_State* state) {
  lua_pushstring(state, options(state).family == Family::Inet6 ? "inet6" : "inet");
  return 1;
}

int have_ssl(lua_State* state) {
#ifdef SLUICE_NO_TLS
  lua_pushboolean(state, false);
#else
  lua_pushboolean(state, true);
#endif
  return 1;
}

int is_privileged(lua_State* state) {
  lua_pushboolean(state, options(state).privileged);
  return 1;
}

int get_interface(lua_State* state) {
  if (options(state).interface.empty())
    lua_pushnil(state);
  else
    lua::push_string(state, options(state).interface);
  return 1;
}

int get_dns_servers(lua_State* state) {
  const auto& servers = options(state).dns_servers;
  lua_createtable(state, static_cast<int>(servers.size()), 0);
  for (std::size_t index = 0; index < servers.size(); ++index) {
    lua::push_string(state, servers[index]);
    lua_rawseti(state, -2, static_cast<lua_Integer>(index) + 1);
  }
  return 1;
}

struct FetchFile {
  struct Args {
    std::string_view name;
  };
  struct Out {
    bool found;
  };
  static Args parse(lua_State* state) { return {lua::check_string(state, 1)}; }
  static Out act(lua::Home& home, const Args& args) noexcept {
    const auto path = static_cast<Runtime*>(home.owner)->options.find_file(std::string(args.name));
    home.scratch = path.value_or("");
    return {path.has_value()};
  }
  static int push(lua_State* state, const Args&, const Out& out) {
    if (out.found)
      lua::push_string(state, lua::home(state).scratch);
    else
      lua_pushnil(state);
    return 1;
  }
};

std::chrono::microseconds wall(lua_State* state) {
  return std::chrono::duration_cast<std::chrono::microseconds>(
      lua::owner<Runtime>(state).parts.clock.wall().time_since_epoch());
}

int clock(lua_State* state) {
  lua_pushnumber(state, static_cast<lua_Number>(wall(state).count()) / 1e6);
  return 1;
}

int clock_ms(lua_State* state) {
  lua_pushnumber(state, std::ceil(static_cast<lua_Number>(wall(state).count()) / 1e3));
  return 1;
}

int get_random_bytes(lua_State* state) {
  const lua_Integer count = luaL_checkinteger(state, 1);
  if (count < 0) return luaL_error(state, "Invalid length argument to get_random_bytes.");
  const auto size = static_cast<std::size_t>(count);
  luaL_Buffer buffer;
  char* place = luaL_buffinitsize(state, &buffer, size);
  const auto& random_seed = lua::owner<Runtime>(state).parts.random_seed;
  for (std::size_t filled = 0; filled < size;) {
    const std::uint64_t number = random_seed();
    const std::size_t part = std::min(sizeof number, size - filled);
    std::memcpy(place + filled, &number, part);
    filled += part;
  }
  luaL_pushresultsize(&buffer, size);
  return 1;
}

int log_write(lua_State* state) {
  static const char* const kWhere[] = {"stdout", "stderr", nullptr};
  const auto to = luaL_checkoption(state, 1, nullptr, kWhere) ? event::LogTo::Error : event::LogTo::Output;
  const char* text = luaL_checkstring(state, 2);
  auto& runtime = lua::owner<Runtime>(state);
  // nselib calls this for texts of -v and of -d. Without -d, the text is one of -v. With -d it can be either.
  const bool verbose = runtime.options.verbosity > 0 && runtime.options.debugging == 0;
  runtime.log({to, std::string("NSE: ") + text, verbose ? 1 : 0});
  return 0;
}

struct Resolve {
  struct Args {
    std::string_view host;
    std::optional<Family> family;
  };
  static Args parse(lua_State* state) {
    static const char* const kFamilies[] = {"inet", "inet6", "unspec", nullptr};
    static constexpr std::optional<Family> kMeanings[] = {Family::Inet, Family::Inet6, std::nullopt};
    return {lua::check_string(state, 1), kMeanings[luaL_checkoption(state, 2, "unspec", kFamilies)]};
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    runtime.parts.resolver.resolve_by_system(std::string(args.host), args.family, thread.start<pending::Lookup>().done);
  }
  static bool next_stage(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    if (thread.reply().status != core::Status::Ok) {
      lua_pushboolean(state, false);
      lua_pushliteral(state, "Failed to resolve");
      return 2;
    }
    lua_pushboolean(state, true);
    lua_createtable(state, static_cast<int>(thread.reply().addresses.size()), 0);
    lua_Integer index = 0;
    for (const Address& address : thread.reply().addresses) {
      lua::home(state).scratch = address.text_with_scope();
      lua::push_string(state, lua::home(state).scratch);
      lua_rawseti(state, -2, ++index);
    }
    return 2;
  }
};

int add_targets(lua_State* state) {
  const int count = lua_gettop(state);
  for (int index = 1; index <= count; ++index) luaL_checkstring(state, index);
  std::size_t accepted = 0;
  {
    std::vector<std::string> specifications;
    for (int index = 1; index <= count; ++index) specifications.emplace_back(lua_tostring(state, index));
    accepted = lua::owner<Runtime>(state).observer.add_targets(std::move(specifications));
  }
  lua_pushinteger(state, static_cast<lua_Integer>(accepted));
  if (count == 0 || accepted > 0) return 1;
  lua_pushliteral(state, "failed to add new targets.");
  return 2;
}

int new_targets_num(lua_State* state) {
  lua_pushinteger(state, static_cast<lua_Integer>(lua::owner<Runtime>(state).observer.targets_added()));
  return 1;
}

void push_table(lua_State* state, const Value::Table& table);

/// Pushes a script argument: a string, or a table with items and keys.
void push_value(lua_State* state, const Value& value) {
  if (const auto* table = std::get_if<Value::Table>(&value.data)) return push_table(state, *table);
  lua::home(state).scratch = to_text(value);
  lua::push_string(state, lua::home(state).scratch);
}

void push_table(lua_State* state, const Value::Table& table) {
  luaL_checkstack(state, 4, "the script arguments are nested too deeply");
  lua_createtable(state, static_cast<int>(table.items.size()), static_cast<int>(table.fields.size()));
  for (std::size_t index = 0; index < table.items.size(); ++index) {
    push_value(state, table.items[index]);
    lua_rawseti(state, -2, static_cast<lua_Integer>(index) + 1);
  }
  for (const auto& [key, field] : table.fields) {
    lua::push_string(state, key);
    push_value(state, field);
    lua_rawset(state, -3);
  }
}

/// Pops a library and adds it to the module nmap, which is below it on the stack: as the field `name`, as the loaded
/// module "nmap.<name>", and its function `new` as the field `maker`.
void set_library(lua_State* state, const char* name, const char* maker) {
  lua_getfield(state, -1, "new");
  lua_setfield(state, -3, maker);
  lua_pushfstring(state, "nmap.%s", name);
  luaL_getsubtable(state, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_insert(state, -2);
  lua_pushvalue(state, -3);
  lua_rawset(state, -3);
  lua_pop(state, 1);
  lua_setfield(state, -2, name);
}

void set_registry(lua_State* state) {
  lua_newtable(state);
  push_table(state, options(state).arguments);
  lua_setfield(state, -2, "args");
  lua_setfield(state, -2, "registry");
}

}  // namespace

int open_nmap(lua_State* state) {
  static const luaL_Reg kFunctions[] = {
      {"verbosity", verbosity},
      {"debugging", integer<kDebugging>},
      {"version_intensity", version_intensity},
      {"timing_level", integer<kTiming>},
      {"address_family", address_family},
      {"have_ssl", have_ssl},
      {"is_privileged", is_privileged},
      {"get_ttl", integer<kTtl>},
      {"get_payload_length", integer<kDataLength>},
      {"get_interface", get_interface},
      {"get_dns_servers", get_dns_servers},
      {"fetchfile", lua::call<FetchFile>},
      {"clock", clock},
      {"clock_ms", clock_ms},
      {"get_random_bytes", get_random_bytes},
      {"log_write", log_write},
      {"resolve", block<Resolve>},
      {"add_targets", add_targets},
      {"new_targets_num", new_targets_num},
      {"new_try", new_try},
      {nullptr, nullptr},
  };
  luaL_newlib(state, kFunctions);
  set_port_functions(state);
  set_interface_functions(state);
  open_mutex(state);
  open_condvar(state);
  set_registry(state);
  open_socket(state);
  set_library(state, "socket", "new_socket");
  open_dnet(state);
  set_library(state, "dnet", "new_dnet");
  return 1;
}

}  // namespace sluice::nse
