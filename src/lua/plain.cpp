#include "lua/plain.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace sluice::lua {

namespace {

constexpr std::size_t kDeepest = 100;
const Plain::Table kNothing;

/// A scalar as one of the alternatives of a variant that has them; nothing if it is none.
template <class Data>
std::optional<Data> scalar_at(lua_State* state, int index) {
  switch (lua_type(state, index)) {
    case LUA_TBOOLEAN:
      return Data(lua_toboolean(state, index) != 0);
    case LUA_TNUMBER:
      if (lua_isinteger(state, index)) return Data(std::int64_t{lua_tointeger(state, index)});
      return Data(double{lua_tonumber(state, index)});
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* bytes = lua_tolstring(state, index, &size);
      return Data(std::string(bytes, size));
    }
    default:
      return std::nullopt;
  }
}

std::string entry(const std::string& where, const Plain::Key& key) {
  if (const auto* name = std::get_if<std::string>(&key)) return where.empty() ? *name : where + '.' + *name;
  if (const auto* flag = std::get_if<bool>(&key)) return where + (*flag ? "[true]" : "[false]");
  if (const auto* number = std::get_if<double>(&key)) return where + '[' + std::to_string(*number) + ']';
  return where + '[' + std::to_string(std::get<std::int64_t>(key)) + ']';
}

class Taking {
 public:
  Taking(lua_State* state, const LeftOut& left_out) : state_(state), left_out_(left_out) {}

  /// The table on top of the stack.
  Plain::Table table(const std::string& where) {
    Plain::Table taken;
    const int index = lua_gettop(state_);
    if (open_.size() >= kDeepest || !lua_checkstack(state_, 4)) {
      left_out_(where, "a table too deep");
      return taken;
    }
    if (lua_getmetatable(state_, index)) left_out_(where, "a metatable");
    open_.push_back(lua_topointer(state_, index));
    lua_Integer items = 0;
    while (lua_rawgeti(state_, index, items + 1) != LUA_TNIL) {
      taken.items.push_back(value(entry(where, Plain::Key(std::int64_t{++items}))));
      lua_settop(state_, index);
    }
    while (lua_next(state_, index)) {  // the nil is the first key
      if (!is_item(items)) add_field(where, taken);
      lua_pop(state_, 1);
    }
    open_.pop_back();
    return taken;
  }

 private:
  [[nodiscard]] bool is_item(lua_Integer items) const {
    return lua_isinteger(state_, -2) && lua_tointeger(state_, -2) >= 1 && lua_tointeger(state_, -2) <= items;
  }

  /// Of the key and the value on top of the stack.
  void add_field(const std::string& where, Plain::Table& into) {
    auto key = scalar_at<Plain::Key>(state_, -2);
    if (!key) return left_out_(where, std::string("a key that is a ") + luaL_typename(state_, -2));
    into.fields.emplace(*key, value(entry(where, *key)));
  }

  /// The value on top of the stack.
  Plain value(const std::string& where) {
    if (auto scalar = scalar_at<decltype(Plain::data)>(state_, -1)) return {std::move(*scalar)};
    const bool is_table = lua_istable(state_, -1);
    if (is_table && std::find(open_.begin(), open_.end(), lua_topointer(state_, -1)) == open_.end())
      return {table(where)};
    left_out_(where, is_table ? "a table that holds itself" : std::string("a ") + luaL_typename(state_, -1));
    return {};
  }

  lua_State* state_;
  const LeftOut& left_out_;
  std::vector<const void*> open_;  ///< the tables around the value
};

// No frame of these has anything to unwind: Lua may raise.

struct Push {
  lua_State* state;
  void operator()(std::monostate) const { lua_pushnil(state); }
  void operator()(bool value) const { lua_pushboolean(state, value); }
  void operator()(std::int64_t value) const { lua_pushinteger(state, value); }
  void operator()(double value) const { lua_pushnumber(state, value); }
  void operator()(const std::string& value) const { lua_pushlstring(state, value.data(), value.size()); }
  void operator()(const Plain::Table&) const { lua_newtable(state); }
};

/// Pops the old value and pushes the new one, a table with its entries.
void replace(lua_State* state, const Plain& value) {
  const Plain::Table* table = value.table();
  if (!table || !lua_istable(state, -1)) {
    lua_pop(state, 1);
    std::visit(Push{state}, value.data);
  }
  if (table) put_plain(state, *table);
}

const Plain* find(const Plain::Table& table, const Plain::Key& key) {
  const auto found = table.fields.find(key);
  return found == table.fields.end() ? nullptr : &found->second;
}

}  // namespace

bool operator==(const Plain::Table& a, const Plain::Table& b) { return a.items == b.items && a.fields == b.fields; }
bool operator==(const Plain& a, const Plain& b) { return a.data == b.data; }

Plain::Table take_plain(lua_State* state, int index, const LeftOut& left_out) noexcept {
  const int top = lua_gettop(state);
  Plain::Table taken;
  if (lua_checkstack(state, 1)) {
    lua_pushvalue(state, index);
    taken = Taking(state, left_out).table("");
  }
  lua_settop(state, top);
  return taken;
}

void put_plain(lua_State* state, const Plain::Table& table) {
  luaL_checkstack(state, 4, "data too deep");
  lua_Integer place = 1;
  for (const Plain& item : table.items) {
    const bool was_there = lua_rawgeti(state, -1, place) != LUA_TNIL;
    if (item.is_data()) replace(state, item);
    lua_rawseti(state, -2, place);
    if (was_there || item.is_data()) ++place;
  }
  for (const auto& [key, value] : table.fields) {
    if (!value.is_data()) continue;
    std::visit(Push{state}, key);
    lua_pushvalue(state, -1);
    lua_rawget(state, -3);
    replace(state, value);
    lua_rawset(state, -3);
  }
}

void merge(Plain::Table& into, Plain::Table from, const Plain::Table& base) {
  const auto [first_new, of_base] =
      std::mismatch(from.items.begin(), from.items.end(), base.items.begin(), base.items.end());
  std::copy_if(std::make_move_iterator(first_new), std::make_move_iterator(from.items.end()),
               std::back_inserter(into.items), [](const Plain& item) { return item.is_data(); });
  for (auto& [key, value] : from.fields) {
    const Plain* before = find(base, key);
    if (!value.is_data() || (before && *before == value)) continue;
    const auto [present, added] = into.fields.try_emplace(key);
    Plain& ours = present->second;
    if (ours.table() && value.table()) {
      const Plain::Table* table_before = before ? before->table() : nullptr;
      merge(*ours.table(), std::move(*value.table()), table_before ? *table_before : kNothing);
    } else if (added || (before && *before == ours)) {
      ours = std::move(value);
    }
  }
}

}  // namespace sluice::lua
