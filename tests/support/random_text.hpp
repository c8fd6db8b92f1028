// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>
#include <string>
#include <string_view>

namespace sluice::test {

/// Returns a text of less than 300 bytes that depends only on the arguments. One byte in 16 is any byte; the others are
/// characters of `alphabet`.
inline std::string random_text(unsigned seed, std::string_view alphabet) {
  std::mt19937 random(seed);
  std::string text(random() % 300, '\0');
  for (char& c : text)
    c = random() % 16 == 0 ? static_cast<char>(random() & 0xff) : alphabet[random() % alphabet.size()];
  return text;
}

}  // namespace sluice::test
