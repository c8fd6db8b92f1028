// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>
#include <sluice/value.hpp>

namespace sluice {
namespace {

TEST(Value, TextOfBooleanIntegerAndStringEqualsLuaTostring) {
  EXPECT_EQ(to_text({true}), "true");
  EXPECT_EQ(to_text({false}), "false");
  EXPECT_EQ(to_text({std::int64_t{-7}}), "-7");
  EXPECT_EQ(to_text({std::numeric_limits<std::int64_t>::min()}), "-9223372036854775808");
  EXPECT_EQ(to_text({std::string("as it is")}), "as it is");
  EXPECT_EQ(to_text({Value::Table{}}), "");
}

TEST(Value, TextOfFloatEqualsLuaTostring) {
  EXPECT_EQ(to_text({3.0}), "3.0");
  EXPECT_EQ(to_text({-0.0}), "-0.0");
  EXPECT_EQ(to_text({0.1}), "0.1");
  EXPECT_EQ(to_text({1.0 / 3}), "0.33333333333333");
  EXPECT_EQ(to_text({1e100}), "1e+100");
  EXPECT_EQ(to_text({1e15}), "1e+15");
  EXPECT_EQ(to_text({std::numeric_limits<double>::infinity()}), "inf");
}

TEST(Value, TablesAreEqualIfPairsAndOrderAreEqual) {
  const auto table = [](const char* first, const char* second) {
    return Value{Value::Table{{{std::string(first)}, {std::int64_t{2}}}, {{second, {true}}}}};
  };
  EXPECT_EQ(table("a", "key"), table("a", "key"));
  EXPECT_FALSE(table("a", "key") == table("b", "key"));
  EXPECT_FALSE(table("a", "key") == table("a", "other"));
  EXPECT_FALSE(Value{std::int64_t{1}} == Value{1.0});
}

}  // namespace
}  // namespace sluice
