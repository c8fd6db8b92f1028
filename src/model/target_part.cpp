// SPDX-License-Identifier: Apache-2.0
#include "model/target_part.hpp"

#include <span>

#include "base/text.hpp"

namespace sluice::model {

namespace {

/// FNV-1a with 64 bits, followed by the finalizer of MurmurHash3 (fmix64). FNV alone distributes neighbouring addresses
/// unevenly.
class Hash {
 public:
  void add(std::uint8_t byte) { state_ = (state_ ^ byte) * 0x100000001b3u; }
  [[nodiscard]] std::uint64_t mixed() const {
    std::uint64_t value = state_;
    value = (value ^ value >> 33) * 0xff51afd7ed558ccdu;
    value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53u;
    return value ^ value >> 33;
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325u;
};

}  // namespace

std::uint64_t part_hash(const Address& address) {
  Hash hash;
  for (const std::uint8_t byte : std::span(address.raw()).first(address.is_v4() ? 4 : 16)) hash.add(byte);
  return hash.mixed();
}

std::uint64_t part_hash(std::string_view name) {
  Hash hash;
  for (const char letter : name) hash.add(static_cast<std::uint8_t>(to_lower(letter)));
  return hash.mixed();
}

}  // namespace sluice::model
