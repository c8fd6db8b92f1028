#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

// Reading the values of options. Errors say what is wrong with the value; the caller puts the option's name in front.

/// A whole decimal number, nothing around it, within the bounds (inclusive).
Result<std::uint64_t> read_number(std::string_view text, std::uint64_t least, std::uint64_t most);

/// A number of seconds, or of what its suffix says (ms, s, m, h): "30", "1.5s", "100ms".
Result<std::chrono::milliseconds> read_time(std::string_view text);

/// A fraction in [0, 1).
Result<double> read_fraction(std::string_view text);

/// So many per second, in [0.001, 1e9].
Result<double> read_rate(std::string_view text);

/// 0 to 5, or paranoid, sneaky, polite, normal, aggressive, insane in any case.
Result<int> read_timing(std::string_view text);

/// A number of bytes, or of what its suffix says (k, M, G; powers of 1024).
Result<std::size_t> read_size(std::string_view text);

/// The parts between commas, blanks around them and empty parts dropped.
std::vector<std::string> split_list(std::string_view text);

/// The conversions in the name of an output file (cli.md section 6): %H %M %S %m %d %y %Y %T %R %D %F, without the
/// separators that strftime would put into times and short dates; any other %x is x.
std::string expand_file_name(std::string_view name, const std::tm& local);

}  // namespace sluice::cli
