#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <limits>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::arguments {

// Reading the values of options. Errors say what is wrong with how a value is written; the caller puts the option's
// name in front. Whether a number is within the bounds of its option, the library checks (engine/check_options.hpp).

/// A whole decimal number of at most `most`, nothing around it.
Result<std::uint64_t> read_whole_number(std::string_view text, std::uint64_t most);
/// The same, as any number that T holds.
template <class T>
Result<T> read_number(std::string_view text) {
  auto number = read_whole_number(text, static_cast<std::uint64_t>(std::numeric_limits<T>::max()));
  if (!number) return number.error();
  return static_cast<T>(*number);
}

/// A number of seconds, or of what its suffix says (ms, s, m, h): "30", "1.5s", "100ms". At most some thirty years.
Result<std::chrono::milliseconds> read_time(std::string_view text);

/// A finite number, decimal or with an exponent.
Result<double> read_decimal(std::string_view text);

/// A whole number, or paranoid, sneaky, polite, normal, aggressive, insane in any case.
Result<int> read_timing(std::string_view text);

/// A number of bytes, or of what its suffix says (k, M, G; powers of 1024).
Result<std::size_t> read_size(std::string_view text);

/// The parts between commas, blanks around them and empty parts dropped.
std::vector<std::string> split_list(std::string_view text);

/// The conversions in the name of an output file (cli.md section 6): %H %M %S %m %d %y %Y %T %R %D %F, without the
/// separators that strftime would put into times and short dates; any other %x is x.
std::string expand_file_name(std::string_view name, const std::tm& local);

}  // namespace sluice::arguments
