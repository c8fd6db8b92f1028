// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::compare {

/// Kinds of volatile texts as a set of bits, in the order of volatile_texts().
using VolatileKinds = std::uint8_t;

/// Returns `text` with a placeholder for each volatile text, and adds the kinds that occur to `kinds`.
std::string without_volatile(std::string_view text, VolatileKinds& kinds);

/// Returns the names of the kinds.
std::vector<std::string_view> names_of(VolatileKinds kinds);

}  // namespace sluice::compare
