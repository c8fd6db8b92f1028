// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <sluice/export.hpp>
#include <string>
#include <string_view>

namespace sluice {

/// The family of an address: IPv4 or IPv6.
enum class Family : std::uint8_t { Inet, Inet6 };

/// A numeric IPv4 or IPv6 address. An IPv6 address may have a scope: the index of the interface on which it is valid.
/// A value; two addresses are equal if family, bytes and scope are equal.
class SLUICE_EXPORT Address {
 public:
  /// Creates 0.0.0.0.
  Address() = default;
  /// Creates an IPv4 address from its number in host byte order.
  static Address v4(std::uint32_t host_order);
  /// Creates an IPv6 address. `bytes`: network byte order. `scope`: index of an interface; 0 means none.
  static Address v6(const std::array<std::uint8_t, 16>& bytes, std::uint32_t scope = 0);
  /// Creates an address from 4 or 16 bytes in network byte order. Returns nothing for any other length.
  static std::optional<Address> from_bytes(std::string_view raw);
  /// Parses "127.0.0.1", "::1", "fe80::1%eth0" or "fe80::1%2". Returns nothing for any other text, such as a host name
  /// or the name of an interface that does not exist.
  static std::optional<Address> parse(std::string_view text);
  /// Returns the unspecified address of a family: 0.0.0.0 or "::".
  static Address any(Family family);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_v4() const { return family_ == Family::Inet; }
  /// Returns the address as a number in host byte order. REQUIRES: is_v4().
  [[nodiscard]] std::uint32_t v4_value() const;
  /// Returns the 4 or 16 bytes of the address in network byte order.
  [[nodiscard]] std::string bytes() const;
  /// Returns the bytes in network byte order. IPv4 uses the first four; the others are 0.
  [[nodiscard]] const std::array<std::uint8_t, 16>& raw() const { return bytes_; }
  /// Returns the index of the interface; 0 if the address has no scope.
  [[nodiscard]] std::uint32_t scope() const { return scope_; }
  /// Returns the numeric text without the scope, as `host.ip` of scripts contains it.
  [[nodiscard]] std::string text() const;
  /// Returns the numeric text. If there is a scope, "%" and the name of the interface follow, or its index if it has no
  /// name.
  [[nodiscard]] std::string text_with_scope() const;
  /// True for 127.0.0.0/8 and ::1.
  [[nodiscard]] bool is_loopback() const;
  /// True for IPv6 addresses that are valid on one link only: unicast (fe80::/10) and multicast (ff02::/16, with any
  /// flags).
  [[nodiscard]] bool is_link_local() const;

  friend auto operator<=>(const Address&, const Address&) = default;  // NOLINT(modernize-use-nullptr): sees a 0

 private:
  Family family_ = Family::Inet;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4: the first four
  std::uint32_t scope_ = 0;
};

/// An address and a port.
struct Endpoint {
  Address address;
  std::uint16_t port = 0;  ///< host byte order
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace sluice

template <>
struct SLUICE_EXPORT std::hash<sluice::Address> {
  std::size_t operator()(const sluice::Address& address) const noexcept;
};
