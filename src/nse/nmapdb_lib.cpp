#include "nse/nmapdb_lib.hpp"

#include <charconv>

#include "base/text.hpp"
#include "base/text_file.hpp"
#include "lua/binding.hpp"

namespace sluice::nse {
namespace {

using lua::check_string;
using lua::Home;

constexpr std::string_view kBlanks = " \t\r";

std::string_view trim(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view first_word(std::string_view text) noexcept { return text.substr(0, text.find_first_of(kBlanks)); }

}  // namespace

void NmapDb::read(const char* name, const Line& line) {
  const std::optional<std::string> path = files_.find ? files_.find(name) : std::nullopt;
  if (!path) return;
  const Result<std::string> text = read_text_file(*path);
  if (!text) return;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view entry = trim(take_until(rest, '\n'));
    if (entry.empty() || entry.front() == '#') continue;
    const std::string_view first = first_word(entry);
    line(first, trim(entry.substr(first.size())));
  }
}

void NmapDb::load_vendors() {
  vendors_loaded_ = true;
  const std::optional<std::string> path = files_.find ? files_.find("nmap-mac-prefixes") : std::nullopt;
  if (!path) return;
  if (const Result<std::string> text = read_text_file(*path)) vendors_ = model::MacVendors::parse(*text);
}

void NmapDb::load_services() {
  services_loaded_ = true;
  read("nmap-services", [this](std::string_view name, std::string_view rest) {
    if (name != "unknown") services_.emplace(first_word(rest), name);
  });
}

void NmapDb::load_protocols() {
  protocols_loaded_ = true;
  read("nmap-protocols", [this](std::string_view name, std::string_view rest) {
    const std::string_view digits = first_word(rest);
    int number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return;
    protocol_names_.emplace(number, name);
    protocol_numbers_.emplace(name, number);
  });
}

std::string_view NmapDb::vendor(std::string_view hex) {
  if (!vendors_loaded_) load_vendors();
  return vendors_.of_digits(hex);
}

std::string_view NmapDb::service(int port, std::string_view protocol) {
  if (!services_loaded_) load_services();
  const auto found = services_.find(std::to_string(port).append("/").append(protocol));
  return found == services_.end() ? std::string_view() : found->second;
}

std::string_view NmapDb::protocol(int number) {
  if (!protocols_loaded_) load_protocols();
  const auto found = protocol_names_.find(number);
  return found == protocol_names_.end() ? std::string_view() : found->second;
}

std::optional<int> NmapDb::protocol(std::string_view name) {
  if (!protocols_loaded_) load_protocols();
  const auto found = protocol_numbers_.find(name);
  return found == protocol_numbers_.end() ? std::nullopt : std::optional<int>(found->second);
}

namespace {

NmapDb& database(lua_State* state) { return *static_cast<NmapDb*>(lua_touserdata(state, lua_upvalueindex(1))); }

/// The names come out of the database, which outlives the call.
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
  /// Six bytes, or twelve digits with or without a colon between two pairs.
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

constexpr luaL_Reg kFunctions[] = {{"mac2corp", lua::call<Mac2Corp>},
                                   {"getservbyport", lua::call<GetServByPort>},
                                   {"getprotbynum", lua::call<GetProtByNum>},
                                   {"getprotbyname", lua::call<GetProtByName>},
                                   {nullptr, nullptr}};

}  // namespace

int open_nmapdb(lua_State* state) {
  luaL_checktype(state, 1, LUA_TLIGHTUSERDATA);
  luaL_newlibtable(state, kFunctions);
  lua_pushvalue(state, 1);
  luaL_setfuncs(state, kFunctions, 1);
  return 1;
}

}  // namespace sluice::nse
