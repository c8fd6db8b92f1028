#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace sluice::scan {

/// The order in which to probe the ports: a permutation of their indices. Random, with those that are open most often
/// moved to the front, so that the first answers (and round trips) come early; or as given.
std::vector<std::uint32_t> port_order(std::span<const std::uint16_t> ports, bool sequential, std::mt19937_64& random);

}  // namespace sluice::scan
