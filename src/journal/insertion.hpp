// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "journal/sqlite.hpp"

namespace sluice::journal {

/// Inserts rows by one statement. Not thread-safe.
class Insertion {
 public:
  /// A text that is stored as a text even if it is "".
  struct Kept {
    std::string_view text;
  };
  static Kept kept(std::string_view text) { return {text}; }

  Insertion(const Database& database, const std::string& table, int columns)
      : statement_(database, "INSERT INTO " + table + " VALUES (?" + repeated(columns - 1) + ")") {}

  /// Inserts one row. A text that is "" or an absent number is NULL.
  template <class... Columns>
  void operator()(const Columns&... columns) {
    statement_.clear();
    int column = 0;
    (set(++column, columns), ...);
    statement_.run();
  }

 private:
  static std::string repeated(int times) {
    std::string text;
    for (; times > 0; --times) text += ", ?";
    return text;
  }
  void set(int column, std::int64_t number) { statement_.bind(column, number); }
  void set(int column, const std::optional<std::int64_t>& number) {
    if (number) statement_.bind(column, *number);
  }
  void set(int column, std::string_view text) {
    if (!text.empty()) statement_.bind(column, text);
  }
  void set(int column, const Kept& kept) { statement_.bind(column, kept.text); }

  Statement statement_;
};

}  // namespace sluice::journal
