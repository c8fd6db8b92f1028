// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sluice/address.hpp>
#include <sluice/options.hpp>
#include <string_view>

namespace sluice::model {

// The division of the targets into parts (--shard). It is an interface: all machines and versions must divide the same
// way. docs/options.md, "Part of the targets", describes it. Thread-safe.

/// Returns the hash of the 4 or 16 bytes of the address in network byte order. The scope does not count.
[[nodiscard]] std::uint64_t part_hash(const Address& address);
/// Returns the hash of a name. The case of its ASCII letters does not count.
[[nodiscard]] std::uint64_t part_hash(std::string_view name);

/// True if a target with this hash is in the part. REQUIRES: 1 <= part.number <= part.count.
[[nodiscard]] constexpr bool is_in_part(std::uint64_t hash, const Options::Part& part) {
  return hash % part.count + 1 == part.number;
}

}  // namespace sluice::model
