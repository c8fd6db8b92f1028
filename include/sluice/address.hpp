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

enum class Family : std::uint8_t { Inet, Inet6 };

/// A numeric IPv4 or IPv6 address; a link-local IPv6 one may carry the index of its interface (its scope).
/// A value: copies freely, compares by family, bytes and scope.
class SLUICE_EXPORT Address {
 public:
  /// 0.0.0.0.
  Address() = default;
  static Address v4(std::uint32_t host_order);
  static Address v6(const std::array<std::uint8_t, 16>& bytes, std::uint32_t scope = 0);
  /// From 4 or 16 raw bytes in network order; nothing for any other length.
  static std::optional<Address> from_bytes(std::string_view raw);
  /// Reads "127.0.0.1", "::1" and "fe80::1%eth0" (or "%2"); nothing for anything else, names included.
  static std::optional<Address> parse(std::string_view text);
  /// The unspecified address of a family: 0.0.0.0 or ::.
  static Address any(Family family);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_v4() const { return family_ == Family::Inet; }
  /// Host byte order; only for IPv4.
  [[nodiscard]] std::uint32_t v4_value() const;
  /// 4 or 16 raw bytes, network order.
  [[nodiscard]] std::string bytes() const;
  [[nodiscard]] const std::array<std::uint8_t, 16>& raw() const { return bytes_; }
  [[nodiscard]] std::uint32_t scope() const { return scope_; }
  /// Numeric text without the scope, as host.ip shows it.
  [[nodiscard]] std::string text() const;
  /// Numeric text with "%<interface>" where there is a scope.
  [[nodiscard]] std::string text_with_scope() const;
  [[nodiscard]] bool is_loopback() const;
  /// IPv6, of one host or of a group, with a meaning only on one link.
  [[nodiscard]] bool is_link_local() const;

  friend auto operator<=>(const Address&, const Address&) = default;  // NOLINT(modernize-use-nullptr): sees a 0

 private:
  Family family_ = Family::Inet;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 uses the first four
  std::uint32_t scope_ = 0;
};

/// An address and a port in host order.
struct Endpoint {
  Address address;
  std::uint16_t port = 0;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace sluice

template <>
struct SLUICE_EXPORT std::hash<sluice::Address> {
  std::size_t operator()(const sluice::Address& address) const noexcept;
};
