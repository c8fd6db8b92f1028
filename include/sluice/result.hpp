// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <stdexcept>
#include <utility>
#include <variant>

namespace sluice {

/// Thrown if the value of a Result is read that has an error, or the error of a Result that has a value. Both are
/// errors of the calling program. what() contains the message of the Error, if there is one.
class SLUICE_EXPORT BadResultAccess : public std::logic_error {
 public:
  using std::logic_error::logic_error;

  [[noreturn]] static void no_value(const Error& error) {
    throw BadResultAccess("the value of a failed sluice::Result was read; its error: " + error.message);
  }
  [[noreturn]] static void no_error() { throw BadResultAccess("the error of a sluice::Result without one was read"); }
};

/// The result of a function that can fail: a value or an Error. The members have the names of std::expected, which
/// needs C++23. value(), `*` and `->` throw BadResultAccess if there is no value, and error() if there is no error.
/// This holds in release builds, too. Not thread-safe.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return *get(); }
  const T& value() const& { return *get(); }
  T&& value() && { return std::move(*get()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return get(); }
  const T* operator->() const { return get(); }

  [[nodiscard]] const Error& error() const {
    if (has_value()) BadResultAccess::no_error();
    return *std::get_if<1>(&state_);
  }

 private:
  const T* get() const {
    if (!has_value()) BadResultAccess::no_value(error());
    return std::get_if<0>(&state_);
  }
  T* get() { return const_cast<T*>(std::as_const(*this).get()); }

  std::variant<T, Error> state_;
};

/// The result of a function that can fail and returns no value: success or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  /// Creates a success.
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }
  /// Returns the error. Throws BadResultAccess if there is none.
  [[nodiscard]] const Error& error() const {
    if (!error_) BadResultAccess::no_error();
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace sluice
