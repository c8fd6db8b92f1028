// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <lua.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::lua {

/// A Lua value as plain data, for transfer between Lua states. Booleans, numbers, strings and tables of these are data.
/// Functions, userdata, coroutines and metatables are not. Integers and floats stay distinct.
struct Plain {
  using Key = std::variant<bool, std::int64_t, double, std::string>;
  struct Table {
    std::vector<Plain> items;     ///< values of the keys 1 to n
    std::map<Key, Plain> fields;  ///< the other keys
    friend bool operator==(const Table& a, const Table& b);
  };
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Table> data;  ///< monostate: no data

  [[nodiscard]] bool is_data() const noexcept { return data.index() != 0; }
  [[nodiscard]] const Table* table() const noexcept { return std::get_if<Table>(&data); }
  [[nodiscard]] Table* table() noexcept { return std::get_if<Table>(&data); }
  friend bool operator==(const Plain& a, const Plain& b);
};

/// Receives a place whose value is no data and was left out. `where`: the keys, as "creds.known[3]". `what`: the kind
/// of value, as "a function". Called for at most 100 places.
using LeftOut = std::function<void(const std::string& where, std::string_view what)>;

/// Copies the table at `index` without metamethods. A table that occurs in several places is copied for each, until
/// these copies exceed kMaxRepeated. Returns nothing if memory is short. Never raises; runs no Lua code.
std::optional<Plain::Table> take_plain(lua_State* state, int index, const LeftOut& left_out) noexcept;
inline constexpr std::size_t kMaxRepeated = 16u << 20;  ///< bytes, approximately
/// Copies `table` into the table on top of the stack. Existing entries are replaced, but tables are merged with
/// existing tables. Entries that are no data do not change the destination. May raise (memory).
void put_plain(lua_State* state, const Plain::Table& table);

/// Merges the changes of `from` into `into`. Both are changed copies of `base`; `from` lacks the entries of `base` that
/// are no data. Rules: a value that only `from` has changed is taken from it. If both have changed a value, that of
/// `into` is kept. Tables are merged entry by entry. New items of a sequence are appended.
void merge(Plain::Table& into, Plain::Table from, const Plain::Table& base);

}  // namespace sluice::lua
