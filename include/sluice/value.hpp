#pragma once

#include <cstdint>
#include <sluice/export.hpp>
#include <string>
#include <variant>
#include <vector>

namespace sluice {

/// What a script returned, as plain data: a scalar, or a table of list items followed by keyed fields, both in the
/// order in which they are to be shown. Lua values of other kinds (functions, userdata) come as their text.
struct Value {
  struct Field;
  struct Table {
    std::vector<Value> items;
    std::vector<Field> fields;
  };
  std::variant<bool, std::int64_t, double, std::string, Table> data;

  friend bool operator==(const Table& a, const Table& b);
  friend bool operator==(const Value& a, const Value& b);
};

struct Value::Field {
  std::string key;
  Value value;
  friend bool operator==(const Field&, const Field&) = default;
};

inline bool operator==(const Value::Table& a, const Value::Table& b) {
  return a.items == b.items && a.fields == b.fields;  // not defaulted: inside Table, Value is incomplete
}

inline bool operator==(const Value& a, const Value& b) { return a.data == b.data; }

/// A scalar as Lua's tostring shows it: integers plain, floats by "%.14g" with ".0" added to whole ones. A table gives
/// the empty string.
SLUICE_EXPORT std::string to_text(const Value& scalar);

}  // namespace sluice
