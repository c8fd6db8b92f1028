#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

// Questions to the kernel about its interfaces, routes and neighbours (netlink(7), rtnetlink(7)). The kernel answers
// before it returns from the call: nothing here waits.

namespace sluice::net::netlink {

/// A question: a header, a structure, and attributes behind it.
class Request {
 public:
  /// `flags` beside NLM_F_REQUEST.
  template <class Body>
  Request(std::uint16_t type, std::uint16_t flags, const Body& body) {
    open_message(type, flags);
    append(&body, sizeof body);
  }
  void attribute(std::uint16_t type, std::string_view value);
  void attribute(std::uint16_t type, std::uint32_t value);
  /// The bytes to send.
  [[nodiscard]] std::string bytes() const;

 private:
  void open_message(std::uint16_t type, std::uint16_t flags);
  void append(const void* data, std::size_t size);
  std::string bytes_;
};

/// All messages of the answer, one behind the other; nothing if the kernel refused.
std::optional<std::string> ask(const Request& request);

/// Walks over the parts of an answer: messages, or the attributes within one. What is cut short ends the walk.
class Messages {
 public:
  explicit Messages(std::string_view bytes) : rest_(bytes) {}
  bool next();
  [[nodiscard]] std::uint16_t type() const { return type_; }
  /// The structure in front, zeros for what is missing of it.
  template <class Body>
  [[nodiscard]] Body body() const {
    Body body{};
    std::memcpy(&body, payload_.data(), std::min(sizeof body, payload_.size()));
    return body;
  }
  /// The attributes behind such a structure.
  template <class Body>
  [[nodiscard]] std::string_view attributes() const {
    return payload_.substr(std::min(aligned(sizeof(Body)), payload_.size()));
  }

 private:
  static std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }
  std::string_view rest_, payload_;
  std::uint16_t type_ = 0;
};

/// The value of the first attribute of that type.
std::optional<std::string_view> find(std::string_view attributes, std::uint16_t type);
/// The same as a number; 0 if it is not there.
std::uint32_t find_number(std::string_view attributes, std::uint16_t type);

}  // namespace sluice::net::netlink
