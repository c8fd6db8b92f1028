// SPDX-License-Identifier: Apache-2.0
#include "scan/port_order.hpp"

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <numeric>

namespace sluice::scan {

namespace {

constexpr std::uint16_t kOftenOpen[] = {21,  22,  23,  25,  53,  80,   110,  111,  135,  139,  143,  161,
                                        443, 445, 587, 993, 995, 1723, 3306, 3389, 5900, 8000, 8080, 8443};

using PortSet = std::bitset<65536>;

const PortSet& often_open() {
  static const PortSet set = [] {
    PortSet ports;
    for (const std::uint16_t port : kOftenOpen) ports.set(port);
    return ports;
  }();
  return set;
}

}  // namespace

std::vector<std::uint32_t> port_order(std::span<const std::uint16_t> ports, bool sequential, std::mt19937_64& random) {
  std::vector<std::uint32_t> order(ports.size());
  std::iota(order.begin(), order.end(), 0u);
  if (sequential) return order;
  for (std::size_t last = order.size(); last > 1; --last) std::swap(order[last - 1], order[random() % last]);
  std::stable_partition(order.begin(), order.end(),
                        [&, &first = often_open()](std::uint32_t index) { return first[ports[index]]; });
  return order;
}

}  // namespace sluice::scan
