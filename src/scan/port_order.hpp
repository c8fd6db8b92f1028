// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace sluice::scan {

/// Returns the order in which to probe the ports: a permutation of their indices. `sequential`: the order of `ports`.
/// Otherwise it is random, but ports that are often open come first, so that round-trip times are measured early.
std::vector<std::uint32_t> port_order(std::span<const std::uint16_t> ports, bool sequential, std::mt19937_64& random);

}  // namespace sluice::scan
