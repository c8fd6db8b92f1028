// SPDX-License-Identifier: Apache-2.0
#include "arguments/option_values.hpp"

#include <gtest/gtest.h>

namespace sluice::arguments {
namespace {

using namespace std::chrono_literals;

TEST(OptionValues, TimeIsInSecondsOrHasUnit) {
  EXPECT_EQ(*read_time("30"), 30s);
  EXPECT_EQ(*read_time("1.5s"), 1500ms);
  EXPECT_EQ(*read_time("100ms"), 100ms);
  EXPECT_EQ(*read_time("5m"), 5min);
  EXPECT_EQ(*read_time("2h"), 2h);
  EXPECT_EQ(*read_time("5S"), 5s);
  EXPECT_EQ(*read_time("5M"), 5min);
  EXPECT_EQ(*read_time("500MS"), 500ms);
  EXPECT_EQ(*read_time("0"), 0ms);
  EXPECT_EQ(*read_time(".5"), 500ms);
}

TEST(OptionValues, TimeBeyondClockRangeIsLongerThan30Years) {
  for (const char* beyond : {"1e300h", "99999999999999999999", "1e12ms"})
    EXPECT_GT(*read_time(beyond), 24h * 365 * 30) << beyond;
}

TEST(OptionValues, InvalidTimeIsRefused) {
  for (const char* bad : {"", "s", "5x", "5 s", "-1", "nan", "inf", "5ms5"}) EXPECT_FALSE(read_time(bad)) << bad;
  EXPECT_EQ(read_time("5x").error().message, "\"5x\" is not a time such as 30, 1.5s, 100ms, 5m or 2h");
}

TEST(OptionValues, NumberIsWholeAndFitsType) {
  EXPECT_EQ(*read_number<unsigned>("0"), 0u);
  EXPECT_EQ(*read_number<std::uint16_t>("65535"), 65535u);
  for (const char* bad : {"", "65536", "-1", "+1", "1x", " 1", "99999999999999999999999"})
    EXPECT_FALSE(read_number<std::uint16_t>(bad)) << bad;
  EXPECT_EQ(read_number<std::uint16_t>("65536").error().message, "65536 is not between 0 and 65535");
  EXPECT_EQ(read_number<int>("1x").error().message, "\"1x\" is not a whole number");
}

TEST(OptionValues, PartIsItsNumberAndTheNumberOfParts) {
  EXPECT_EQ(read_part("2/8")->number, 2u);
  EXPECT_EQ(read_part("2/8")->count, 8u);
  EXPECT_EQ(read_part("9/0")->number, 9u);  // engine/check_options.hpp checks the range
  for (const char* bad : {"", "2", "/", "2/", "/8", "2/8/9", " 2/8", "2 /8", "-1/8", "x/8", "2/99999999999"})
    EXPECT_FALSE(read_part(bad)) << bad;
  EXPECT_EQ(read_part("x/8").error().message, "\"x/8\" is not a part such as 2/8 (the second of 8 parts)");
}

TEST(OptionValues, DecimalNumberIsFinite) {
  EXPECT_EQ(*read_decimal("0.25"), 0.25);
  EXPECT_EQ(*read_decimal("-1e3"), -1000);
  for (const char* bad : {"nan", "inf", "x", "0.5x", ""}) EXPECT_FALSE(read_decimal(bad)) << bad;
}

TEST(OptionValues, TimingIsNumberOrName) {
  EXPECT_EQ(*read_timing("0"), 0);
  EXPECT_EQ(*read_timing("6"), 6);
  EXPECT_EQ(*read_timing("paranoid"), 0);
  EXPECT_EQ(*read_timing("Aggressive"), 4);
  for (const char* bad : {"-1", "agg", "4x", ""}) EXPECT_FALSE(read_timing(bad)) << bad;
}

TEST(OptionValues, SizeUnitsArePowersOf1024) {
  EXPECT_EQ(*read_size("100"), 100u);
  EXPECT_EQ(*read_size("64k"), 65536u);
  EXPECT_EQ(*read_size("16M"), 16u << 20);
  EXPECT_EQ(*read_size("1G"), 1u << 30);
  EXPECT_EQ(*read_size("0"), 0u);
  EXPECT_GT(*read_size("1e30"), std::size_t{1} << 59);
  for (const char* bad : {"", "k", "-5", "5T"}) EXPECT_FALSE(read_size(bad)) << bad;
}

TEST(OptionValues, TextOfAValueIsReadAsTheSameValue) {
  for (const auto time : {0ms, 1ms, 1000ms, 1250ms, 60'000ms, 120'000ms, 900'000ms, 3'600'000ms, 86'400'000ms})
    EXPECT_EQ(*read_time(value_text(time)), time);
  for (const std::size_t size : {0ul, 1ul, 1023ul, 1024ul, 1536ul << 20, 16ul << 20, 4ul << 30, (4ul << 30) + 1})
    EXPECT_EQ(*read_size(size_text(size)), size);
  EXPECT_EQ(read_part(value_text(Options::Part{2, 8}))->number, 2u);
}

TEST(OptionValues, TextOfATimeHasTheLargestWholeUnit) {
  EXPECT_EQ(value_text(0ms), "0");
  EXPECT_EQ(value_text(1250ms), "1250ms");
  EXPECT_EQ(value_text(60s), "60s");
  EXPECT_EQ(value_text(15min), "15m");
  EXPECT_EQ(value_text(24h), "24h");
}

TEST(OptionValues, TextOfASizeHasTheLargestWholeUnit) {
  EXPECT_EQ(size_text(16u << 20), "16M");
  EXPECT_EQ(size_text(1000), "1000");
  EXPECT_EQ(size_text(0), "0");
}

TEST(OptionValues, SplitListDropsBlanksAndEmptyParts) {
  EXPECT_EQ(split_list("a, b,,c ,"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(split_list(" , ").empty());
}

TEST(OptionValues, FileNameExpandsTimeFields) {
  std::tm time{};
  time.tm_year = 126, time.tm_mon = 10, time.tm_mday = 4, time.tm_hour = 3, time.tm_min = 2, time.tm_sec = 1;
  EXPECT_EQ(expand_file_name("%H-%M-%S-%m-%d-%y-%Y", time), "03-02-01-11-04-26-2026");
  EXPECT_EQ(expand_file_name("%T %R %D %F", time), "030201 0302 110426 2026-11-04");
  EXPECT_EQ(expand_file_name("a%%b%xc%", time), "a%bxc%");
}

}  // namespace
}  // namespace sluice::arguments
