// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

// Requests to the kernel about its interfaces, routes and neighbours (netlink(7), rtnetlink(7)). The kernel answers
// during the call that sends a request, so nothing here waits. All functions are thread-safe.

namespace sluice::net::netlink {

/// A request: a header, a structure, and attributes.
class Request {
 public:
  /// `flags`: in addition to NLM_F_REQUEST.
  template <class Body>
  Request(std::uint16_t type, std::uint16_t flags, const Body& body) {
    open_message(type, flags);
    append(&body, sizeof body);
  }
  void attribute(std::uint16_t type, std::string_view value);
  void attribute(std::uint16_t type, std::uint32_t value);
  /// Returns the bytes to send.
  [[nodiscard]] std::string bytes() const;

 private:
  void open_message(std::uint16_t type, std::uint16_t flags);
  void append(const void* data, std::size_t size);
  std::string bytes_;
};

/// Sends a request and returns all messages of the answer. Empty if the kernel has refused the request.
std::optional<std::string> ask(const Request& request);

/// Iterates over the messages of an answer. A truncated message ends the iteration. The bytes must outlive it.
class Messages {
 public:
  explicit Messages(std::string_view bytes) : rest_(bytes) {}
  /// Moves to the next message, the first one at first. Returns false at the end.
  bool next();
  [[nodiscard]] std::uint16_t type() const { return type_; }
  /// Returns the structure at the beginning of the message. Missing bytes are 0.
  template <class Body>
  [[nodiscard]] Body body() const {
    Body body{};
    std::memcpy(&body, payload_.data(), std::min(sizeof body, payload_.size()));
    return body;
  }
  /// Returns the attributes that follow such a structure.
  template <class Body>
  [[nodiscard]] std::string_view attributes() const {
    return payload_.substr(std::min(aligned(sizeof(Body)), payload_.size()));
  }

 private:
  static std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }
  std::string_view rest_, payload_;
  std::uint16_t type_ = 0;
};

/// Returns the value of the first attribute of this type; empty if there is none.
std::optional<std::string_view> find(std::string_view attributes, std::uint16_t type);
/// Returns the value as a number; 0 if there is none.
std::uint32_t find_number(std::string_view attributes, std::uint16_t type);

}  // namespace sluice::net::netlink
