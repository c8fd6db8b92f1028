// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <sluice/result.hpp>
#include <string>

namespace sluice {
namespace {

Result<int> half(int number) {
  if (number % 2) return Error{std::to_string(number) + " is odd"};
  return number / 2;
}

TEST(Result, SuccessHasValue) {
  const Result<int> result = half(8);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(*result, 4);
  EXPECT_EQ(result.value(), 4);
}

TEST(Result, FailureHasError) {
  const Result<int> result = half(7);
  ASSERT_FALSE(result);
  EXPECT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "7 is odd");
}

TEST(Result, ValueCanBeChangedInPlace) {
  Result<std::string> result = std::string("slot");
  result->push_back('s');
  *result += '!';
  EXPECT_EQ(result.value(), "slots!");
  EXPECT_EQ(std::as_const(result)->size(), 6u);
}

TEST(Result, MoveOnlyValueMovesInAndOut) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  ASSERT_TRUE(result);
  const std::unique_ptr<int> taken = *std::move(result);
  ASSERT_TRUE(taken);
  EXPECT_EQ(*taken, 3);
}

TEST(Result, ResultWithFalseValueIsTrue) {
  const Result<bool> no = false;
  ASSERT_TRUE(no) << "a result is true when it is there, whatever it says";
  EXPECT_FALSE(*no);
}

TEST(Result, ResultWithEmptyErrorIsFalse) { EXPECT_FALSE(Result<int>(Error{})); }

TEST(Result, CopyIsIndependentOfOriginal) {
  const Result<std::string> original = std::string("a");
  Result<std::string> copy = original;
  copy->append("b");
  EXPECT_EQ(*original, "a");
  copy = Error{"gone"};
  EXPECT_FALSE(copy);
  EXPECT_TRUE(original);
}

TEST(Result, VoidResultIsFalseOnlyWithError) {
  const Result<void> fine;
  EXPECT_TRUE(fine);
  const Result<void> bad = Error{"no such file"};
  EXPECT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().message, "no such file");
}

std::string message_of(const std::function<void()>& access) {
  try {
    access();
  } catch (const BadResultAccess& bad) {
    return bad.what();
  }
  return "";
}

TEST(Result, ReadOfAbsentValueThrowsWithErrorMessage) {
  Result<std::string> failed = Error{"7 is odd"};
  const std::string message = "the value of a failed sluice::Result was read; its error: 7 is odd";
  EXPECT_EQ(message_of([&] { (void)failed.value(); }), message);
  EXPECT_EQ(message_of([&] { (void)*std::as_const(failed); }), message);
  EXPECT_EQ(message_of([&] { (void)failed->size(); }), message);
  EXPECT_EQ(message_of([&] { (void)*std::move(failed); }), message);
}

TEST(Result, ReadOfAbsentErrorThrows) {
  const std::string message = "the error of a sluice::Result without one was read";
  EXPECT_EQ(message_of([] { (void)half(8).error(); }), message);
  EXPECT_EQ(message_of([] { (void)Result<void>().error(); }), message);
}

}  // namespace
}  // namespace sluice
