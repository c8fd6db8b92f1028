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

/// A Lua value as plain data, which one Lua state can tell another. Functions, userdata, coroutines and metatables are
/// not data. Integers and floats stay what they are.
struct Plain {
  using Key = std::variant<bool, std::int64_t, double, std::string>;
  struct Table {
    std::vector<Plain> items;     ///< of the keys 1 to n
    std::map<Key, Plain> fields;  ///< of the others
    friend bool operator==(const Table& a, const Table& b);
  };
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Table> data;  ///< none: it is no data

  [[nodiscard]] bool is_data() const noexcept { return data.index() != 0; }
  [[nodiscard]] const Table* table() const noexcept { return std::get_if<Table>(&data); }
  [[nodiscard]] Table* table() noexcept { return std::get_if<Table>(&data); }
  friend bool operator==(const Plain& a, const Plain& b);
};

/// Told of what is no data and was left out, of the first hundred places: where it was, as "creds.known[3]", and what
/// it is, as "a function".
using LeftOut = std::function<void(const std::string& where, std::string_view what)>;

/// The table at `index`, read without metamethods; nothing if memory is short. A table that is in several places is
/// told in each, but of these repetitions no more than kMaxRepeated. Never raises, runs nothing.
std::optional<Plain::Table> take_plain(lua_State* state, int index, const LeftOut& left_out) noexcept;
inline constexpr std::size_t kMaxRepeated = 16u << 20;  ///< bytes, about
/// Puts the entries into the table on top of the stack, in the place of those that it has; tables that are there take
/// in what the new ones have. What is no data leaves its place as it is. May raise (memory).
void put_plain(lua_State* state, const Plain::Table& table);

/// Takes into `into` what `from` has beyond `base`, with which both began (in `from` without what is no data there):
/// what is new in a sequence is appended, tables are merged, and of two values that both are new the one in `into`
/// stays.
void merge(Plain::Table& into, Plain::Table from, const Plain::Table& base);

}  // namespace sluice::lua
