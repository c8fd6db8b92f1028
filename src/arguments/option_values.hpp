// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <limits>
#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::arguments {

// Functions that read and write the values of options. Errors concern the syntax of a value; the caller puts the name
// of the option in front. engine/check_options.hpp checks the ranges.

/// Reads a whole decimal number of at most `most`. Nothing may precede or follow it.
Result<std::uint64_t> read_whole_number(std::string_view text, std::uint64_t most);
/// Reads a whole decimal number from 0 to the largest value of T.
template <class T>
Result<T> read_number(std::string_view text) {
  auto number = read_whole_number(text, static_cast<std::uint64_t>(std::numeric_limits<T>::max()));
  if (!number) return number.error();
  return static_cast<T>(*number);
}

/// Reads a number of seconds, or of the unit that follows it (ms, s, m, h): "30", "1.5s", "100ms". A longer time than
/// 1e12 ms, about 30 years, becomes 1e12 ms.
Result<std::chrono::milliseconds> read_time(std::string_view text);

/// Reads a finite decimal number, with or without an exponent.
Result<double> read_decimal(std::string_view text);

/// Reads a whole number, or the name of a timing template: paranoid (0), sneaky, polite, normal, aggressive, insane
/// (5). The case of letters does not matter.
Result<int> read_timing(std::string_view text);

/// Reads a number of bytes, or of the unit that follows it (k, M, G; powers of 1024). A size above 1e18 becomes 1e18.
Result<std::size_t> read_size(std::string_view text);

/// Reads a part of the targets: its number and the number of parts, "2/8".
Result<Options::Part> read_part(std::string_view text);

// Return a value as it is written on the command line, so that reading it gives the same.

std::string value_text(std::chrono::milliseconds time);
std::string value_text(const Options::Part& part);
std::string value_text(std::int64_t number);
/// `bytes`: a size.
std::string size_text(std::size_t bytes);

/// Returns the parts between commas, without blanks around them and without empty parts.
std::vector<std::string> split_list(std::string_view text);

/// Replaces the conversions %H %M %S %m %d %y %Y %T %R %D %F in the name of a report file (docs/options.md). %T, %R and
/// %D have no separators. Any other %x becomes x.
std::string expand_file_name(std::string_view name, const std::tm& local);

}  // namespace sluice::arguments
