// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <net/if.h>

#include <cassert>
#include <charconv>
#include <cstring>
#include <iterator>
#include <sluice/address.hpp>

namespace sluice {

namespace {

/// Returns the index of the interface "eth0" or "2", or 0 if there is no such interface.
std::uint32_t scope_index(const std::string& zone) {
  std::uint32_t index = 0;
  const char* end = zone.data() + zone.size();
  const auto [stop, failure] = std::from_chars(zone.data(), end, index);
  if (failure == std::errc{} && stop == end) return index;
  return if_nametoindex(zone.c_str());
}

}  // namespace

Address Address::v4(std::uint32_t host_order) {
  Address address;
  for (int i = 0; i < 4; ++i) address.bytes_[i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  return address;
}

Address Address::v6(const std::array<std::uint8_t, 16>& bytes, std::uint32_t scope) {
  Address address;
  address.family_ = Family::Inet6;
  address.bytes_ = bytes;
  address.scope_ = scope;
  return address;
}

std::optional<Address> Address::from_bytes(std::string_view raw) {
  if (raw.size() != 4 && raw.size() != 16) return std::nullopt;
  Address address;
  address.family_ = raw.size() == 4 ? Family::Inet : Family::Inet6;
  std::memcpy(address.bytes_.data(), raw.data(), raw.size());
  return address;
}

std::optional<Address> Address::parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  Address address;
  if (inet_pton(AF_INET, std::string(text).c_str(), address.bytes_.data()) == 1) return address;
  const std::size_t percent = text.find('%');
  address = any(Family::Inet6);
  if (inet_pton(AF_INET6, std::string(text.substr(0, percent)).c_str(), address.bytes_.data()) != 1)
    return std::nullopt;
  if (percent != std::string_view::npos) {
    address.scope_ = scope_index(std::string(text.substr(percent + 1)));
    if (address.scope_ == 0) return std::nullopt;
  }
  return address;
}

Address Address::any(Family family) {
  Address address;
  address.family_ = family;
  return address;
}

std::uint32_t Address::v4_value() const {
  assert(is_v4());
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | bytes_[i];
  return value;
}

std::string Address::bytes() const {
  return std::string(reinterpret_cast<const char*>(bytes_.data()), is_v4() ? 4 : 16);
}

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN];
  if (!is_v4()) return inet_ntop(AF_INET6, bytes_.data(), buffer, sizeof buffer);
  char* end = buffer;  // without inet_ntop, which calls printf
  for (std::size_t each = 0; each < 4; ++each) {
    if (each > 0) *end++ = '.';
    end = std::to_chars(end, std::end(buffer), bytes_[each]).ptr;
  }
  return {buffer, end};
}

std::string Address::text_with_scope() const {
  if (scope_ == 0) return text();
  char name[IF_NAMESIZE];
  return text() + '%' + (if_indextoname(scope_, name) ? std::string(name) : std::to_string(scope_));
}

bool Address::is_loopback() const {
  if (is_v4()) return bytes_[0] == 127;
  static constexpr std::array<std::uint8_t, 16> kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return bytes_ == kLoopback;
}

bool Address::is_link_local() const {
  if (is_v4()) return false;
  const bool host = bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
  const bool group = bytes_[0] == 0xff && (bytes_[1] & 0x0f) == 2;
  return host || group;
}

}  // namespace sluice

std::size_t std::hash<sluice::Address>::operator()(const sluice::Address& address) const noexcept {
  const std::string_view raw(reinterpret_cast<const char*>(address.raw().data()), address.raw().size());
  return std::hash<std::string_view>{}(raw) ^ (std::size_t{address.scope()} << 1) ^ (address.is_v4() ? 0u : 1u);
}
