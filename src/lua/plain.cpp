// SPDX-License-Identifier: Apache-2.0
#include "lua/plain.hpp"

#include <algorithm>
#include <iterator>
#include <new>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

namespace sluice::lua {

namespace {

constexpr std::size_t kDeepest = 100;
constexpr std::size_t kMaxTold = 100;
const Plain::Table kNothing;

/// Returns the scalar at `index` as `Data`, a variant that includes the scalar types; nothing if it is no scalar.
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

void append(std::string& place, const Plain::Key& key) {
  struct Text {
    std::string operator()(bool flag) const { return flag ? "[true]" : "[false]"; }
    std::string operator()(std::int64_t number) const { return '[' + std::to_string(number) + ']'; }
    std::string operator()(double number) const { return '[' + std::to_string(number) + ']'; }
    std::string operator()(const std::string& name) const { return '.' + name; }
  };
  place += std::visit(Text{}, key);
}

class Taking {
 public:
  Taking(lua_State* state, const LeftOut& left_out) : state_(state), left_out_(left_out) {}

  /// Copies the table on top of the stack.
  Plain::Table table() {
    Plain::Table taken;
    const int index = lua_gettop(state_);
    if (open_.size() >= kDeepest || !lua_checkstack(state_, 4)) {
      leave_out("a table that is nested too deeply");
      return taken;
    }
    if (lua_getmetatable(state_, index)) leave_out("a metatable");
    lua_settop(state_, index);
    const bool is_repeated = !seen_.insert(lua_topointer(state_, index)).second;
    open_.push_back(lua_topointer(state_, index));
    if (is_repeated) ++repeating_;
    lua_Integer items = 0;
    while (lua_rawgeti(state_, index, items + 1) != LUA_TNIL) {
      taken.items.push_back(value(Plain::Key(std::int64_t{++items})));
      lua_settop(state_, index);
    }
    while (lua_next(state_, index)) {  // the nil from lua_rawgeti is the first key
      if (!is_item(items)) add_field(taken);
      lua_pop(state_, 1);
    }
    if (is_repeated) --repeating_;
    open_.pop_back();
    return taken;
  }

 private:
  [[nodiscard]] bool is_item(lua_Integer items) const {
    return lua_isinteger(state_, -2) && lua_tointeger(state_, -2) >= 1 && lua_tointeger(state_, -2) <= items;
  }

  /// Copies the entry whose key and value are on top of the stack.
  void add_field(Plain::Table& into) {
    auto key = scalar_at<Plain::Key>(state_, -2);
    if (!key) return leave_out(std::string("a key that is a ") + luaL_typename(state_, -2));
    Plain taken = value(*key);
    into.fields.emplace(std::move(*key), std::move(taken));
  }

  /// Copies the value on top of the stack. `key`: its key.
  Plain value(const Plain::Key& key) {
    keys_.push_back(&key);
    Plain taken = value();
    keys_.pop_back();
    return taken;
  }

  Plain value() {
    const bool is_table = lua_istable(state_, -1);
    if ((repeating_ > 0 || (is_table && seen_.contains(lua_topointer(state_, -1)))) && !count_repeated()) {
      if (!std::exchange(told_, true)) leave_out("too many copies of a table that is in several places");
      return {};
    }
    if (auto scalar = scalar_at<decltype(Plain::data)>(state_, -1)) return {std::move(*scalar)};
    if (is_table && std::find(open_.begin(), open_.end(), lua_topointer(state_, -1)) == open_.end()) return {table()};
    leave_out(is_table ? "a table that contains itself" : std::string("a ") + luaL_typename(state_, -1));
    return {};
  }

  /// Counts an entry that has been copied before. Returns false if kMaxRepeated is exceeded.
  bool count_repeated() {
    if (repeated_ <= kMaxRepeated)
      repeated_ += sizeof(Plain) + (lua_type(state_, -1) == LUA_TSTRING ? lua_rawlen(state_, -1) : 0);
    return repeated_ <= kMaxRepeated;
  }

  void leave_out(std::string_view what) {
    if (++left_ > kMaxTold) return;
    std::string where;
    for (const Plain::Key* key : keys_) append(where, *key);
    left_out_(where.starts_with('.') ? where.substr(1) : where, what);
  }

  lua_State* state_;
  const LeftOut& left_out_;
  std::vector<const void*> open_;         ///< tables that contain the current value
  std::vector<const Plain::Key*> keys_;   ///< keys that lead to the current value
  std::unordered_set<const void*> seen_;  ///< all tables so far
  std::size_t repeating_ = 0;             ///< number of open tables that were seen before
  std::size_t repeated_ = 0;              ///< bytes of entries of such tables
  bool told_ = false;                     ///< true if their limit was reported
  std::size_t left_ = 0;                  ///< number of places that were left out
};

// Lua may raise in these functions. None of their frames needs unwinding.

struct Push {
  lua_State* state;
  void operator()(std::monostate) const { lua_pushnil(state); }
  void operator()(bool value) const { lua_pushboolean(state, value); }
  void operator()(std::int64_t value) const { lua_pushinteger(state, value); }
  void operator()(double value) const { lua_pushnumber(state, value); }
  void operator()(const std::string& value) const { lua_pushlstring(state, value.data(), value.size()); }
  void operator()(const Plain::Table&) const { lua_newtable(state); }
};

/// Replaces the value on top of the stack. A table is merged into an existing table.
void replace(lua_State* state, const Plain& value) {
  const Plain::Table* table = value.table();
  if (!table || !lua_istable(state, -1)) {
    lua_pop(state, 1);
    std::visit(Push{state}, value.data);
  }
  if (table) put_plain(state, *table);
}

/// Merges an entry that both sides have. `before`: its value in the base, or null. Tables are compared by contents.
void merge_entry(Plain& ours, Plain theirs, const Plain* before) {
  if (ours.table() && theirs.table()) {
    const Plain::Table* table_before = before ? before->table() : nullptr;
    merge(*ours.table(), std::move(*theirs.table()), table_before ? *table_before : kNothing);
  } else if (theirs.is_data() && before && *before == ours) {
    ours = std::move(theirs);
  }
}

void merge_items(std::vector<Plain>& into, std::vector<Plain> from, const std::vector<Plain>& base) {
  const bool all_data = std::all_of(base.begin(), base.end(), [](const Plain& item) { return item.is_data(); });
  if (all_data && into == base) {  // only `from` has changed, so removals apply, too
    into = std::move(from);
    return;
  }
  std::size_t next = 0;  // index in `from`
  for (std::size_t place = 0; place < base.size() && next < from.size(); ++place) {
    if (!base[place].is_data()) continue;
    Plain& theirs = from[next++];
    if (place < into.size()) merge_entry(into[place], std::move(theirs), &base[place]);
  }
  std::copy_if(std::make_move_iterator(from.begin() + static_cast<std::ptrdiff_t>(next)),
               std::make_move_iterator(from.end()), std::back_inserter(into),
               [](const Plain& item) { return item.is_data(); });
}

}  // namespace

bool operator==(const Plain::Table& a, const Plain::Table& b) { return a.items == b.items && a.fields == b.fields; }
bool operator==(const Plain& a, const Plain& b) { return a.data == b.data; }

std::optional<Plain::Table> take_plain(lua_State* state, int index, const LeftOut& left_out) noexcept {
  const int top = lua_gettop(state);
  std::optional<Plain::Table> taken;
  try {
    if (lua_checkstack(state, 1)) {
      lua_pushvalue(state, index);
      taken = Taking(state, left_out).table();
    }
  } catch (const std::bad_alloc&) {
    taken.reset();
  }
  lua_settop(state, top);
  return taken;
}

void put_plain(lua_State* state, const Plain::Table& table) {
  luaL_checkstack(state, 4, "data that is nested too deeply");
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
  merge_items(into.items, std::move(from.items), base.items);
  for (auto& [key, value] : from.fields) {
    if (!value.is_data()) continue;
    const auto found = base.fields.find(key);
    const Plain* before = found == base.fields.end() ? nullptr : &found->second;
    if (const auto present = into.fields.find(key); present != into.fields.end())
      merge_entry(present->second, std::move(value), before);
    else if (!before || *before != value)  // otherwise `into` has removed the entry
      into.fields.emplace(key, std::move(value));
  }
}

}  // namespace sluice::lua
