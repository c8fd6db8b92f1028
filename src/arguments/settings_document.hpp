// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::arguments {

struct SettingEntry;

/// A value of a settings file.
struct SettingValue {
  enum class Kind : std::uint8_t { Boolean, Number, Text, List, Table, Other };
  Kind kind = Kind::Other;
  bool on = false;                    ///< Boolean
  std::string text;                   ///< Number, Text: as on the command line
  std::vector<SettingValue> items;    ///< List
  std::vector<SettingEntry> entries;  ///< Table; in the order of their lines
};

/// A key of a settings file with its value.
struct SettingEntry {
  std::string key;
  std::size_t line = 0;  ///< of the key; the first line is 1
  SettingValue value;
};

/// Parses a text in TOML 1.0. `path`: for messages. Errors: the message names the file and the line. Thread-safe.
Result<std::vector<SettingEntry>> parse_toml(std::string_view text, const std::string& path);

}  // namespace sluice::arguments
