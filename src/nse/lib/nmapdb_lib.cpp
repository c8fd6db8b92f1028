// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/nmapdb_lib.hpp"

#include <charconv>

#include "base/text.hpp"
#include "lua/binding.hpp"

namespace sluice::nse {
namespace {

using lua::check_string;
using lua::Home;

NmapDb& database(lua_State* state) { return *static_cast<NmapDb*>(lua_touserdata(state, lua_upvalueindex(1))); }

/// A name in the database, which outlives the call.
struct Name {
  std::string_view text;
};
int push_name(lua_State* state, const Name& name) {
  if (name.text.empty())
    lua_pushnil(state);
  else
    lua::push_string(state, name.text);
  return 1;
}

bool is_hex(char digit) noexcept {
  return (digit >= '0' && digit <= '9') || (digit >= 'A' && digit <= 'F') || (digit >= 'a' && digit <= 'f');
}

struct Mac2Corp {
  struct Args {
    NmapDb* db;
    char hex[12];
  };
  /// Accepts six raw bytes, or twelve hexadecimal digits with optional colons between pairs.
  static Args parse(lua_State* state) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    const std::string_view mac = check_string(state, 1);
    Args args{&database(state), {}};
    std::size_t count = 0;
    if (mac.size() == 6) {
      for (const unsigned char byte : mac) {
        args.hex[count++] = kDigits[byte >> 4];
        args.hex[count++] = kDigits[byte & 15];
      }
      return args;
    }
    bool good = true, colon = false;
    for (const char digit : mac) {
      if (digit == ':' && !colon && count > 0 && count < 12 && count % 2 == 0) {
        colon = true;
        continue;
      }
      good = good && count < 12 && is_hex(digit);
      if (!good) break;
      args.hex[count++] = digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
      colon = false;
    }
    luaL_argcheck(state, good && count == 12, 1, "Expected a 6-byte MAC address");
    return args;
  }
  static Name act(Home&, const Args& args) noexcept { return {args.db->vendor({args.hex, sizeof args.hex})}; }
  static int push(lua_State* state, const Args&, const Name& name) { return push_name(state, name); }
};

struct GetServByPort {
  struct Args {
    NmapDb* db;
    int port;
    std::string_view protocol;
  };
  static Args parse(lua_State* state) {
    constexpr const char* kProtocols[] = {"tcp", "udp", "sctp", nullptr};
    const lua_Integer port = luaL_checkinteger(state, 1);
    const char* protocol = kProtocols[luaL_checkoption(state, 2, nullptr, kProtocols)];
    luaL_argcheck(state, port >= 0 && port <= 65535, 1, "Port number out of range");
    return {&database(state), static_cast<int>(port), protocol};
  }
  static Name act(Home&, const Args& args) noexcept { return {args.db->service(args.port, args.protocol)}; }
  static int push(lua_State* state, const Args&, const Name& name) { return push_name(state, name); }
};

struct GetProtByNum {
  struct Args {
    NmapDb* db;
    int number;
  };
  static Args parse(lua_State* state) {
    const lua_Integer number = luaL_checkinteger(state, 1);
    luaL_argcheck(state, number >= 0 && number <= 255, 1, "Protocol number out of range");
    return {&database(state), static_cast<int>(number)};
  }
  static Name act(Home&, const Args& args) noexcept { return {args.db->protocol(args.number)}; }
  static int push(lua_State* state, const Args&, const Name& name) { return push_name(state, name); }
};

struct GetProtByName {
  struct Args {
    NmapDb* db;
    std::string_view name;
  };
  struct Out {
    bool known;
    int number;
  };
  static Args parse(lua_State* state) { return {&database(state), check_string(state, 1)}; }
  static Out act(Home&, const Args& args) noexcept {
    const std::optional<int> number = args.db->protocol(args.name);
    return {number.has_value(), number.value_or(0)};
  }
  static int push(lua_State* state, const Args&, const Out& out) {
    if (out.known)
      lua_pushinteger(state, out.number);
    else
      lua_pushnil(state);
    return 1;
  }
};

constexpr luaL_Reg kNmapDbFunctions[] = {{"mac2corp", lua::call<Mac2Corp>},
                                         {"getservbyport", lua::call<GetServByPort>},
                                         {"getprotbynum", lua::call<GetProtByNum>},
                                         {"getprotbyname", lua::call<GetProtByName>},
                                         {nullptr, nullptr}};

}  // namespace

int open_nmapdb(lua_State* state) {
  luaL_checktype(state, 1, LUA_TLIGHTUSERDATA);
  luaL_newlibtable(state, kNmapDbFunctions);
  lua_pushvalue(state, 1);
  luaL_setfuncs(state, kNmapDbFunctions, 1);
  return 1;
}

}  // namespace sluice::nse
