// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sluice/export.hpp>
#include <string>
#include <variant>
#include <vector>

namespace sluice {

/// A Lua value that a script returned, as plain data: a boolean, an integer, a float, a string or a table. A string may
/// have any bytes. A value of another kind, such as a function, is the string that Lua's tostring gives for it.
struct Value {
  struct Field;
  /// A Lua table. Reports show the items, then the fields. Entries with other keys are left out.
  struct Table {
    std::vector<Value> items;   ///< values of the keys 1 to n
    std::vector<Field> fields;  ///< entries with a string as key, in the order of Lua's pairs
  };
  std::variant<bool, std::int64_t, double, std::string, Table> data;

  friend bool operator==(const Table& a, const Table& b);
  friend bool operator==(const Value& a, const Value& b);
};

/// An entry of a table with a string as key.
struct Value::Field {
  std::string key;
  Value value;
  friend bool operator==(const Field&, const Field&) = default;
};

inline bool operator==(const Value::Table& a, const Value::Table& b) {
  return a.items == b.items && a.fields == b.fields;  // not defaulted: inside Table, Value is incomplete
}

inline bool operator==(const Value& a, const Value& b) { return a.data == b.data; }

/// Returns the text that Lua's tostring gives for a scalar: "true", "12", "0.5", "3.0". Returns "" for a table.
/// Thread-safe.
SLUICE_EXPORT std::string to_text(const Value& scalar);

}  // namespace sluice
