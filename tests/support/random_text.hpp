#pragma once

#include <random>
#include <string>
#include <string_view>

namespace sluice::test {

/// Up to 300 characters that depend on the seed alone: mostly of the grammar's alphabet, now and then any byte.
inline std::string random_text(unsigned seed, std::string_view alphabet) {
  std::mt19937 random(seed);
  std::string text(random() % 300, '\0');
  for (char& c : text)
    c = random() % 16 == 0 ? static_cast<char>(random() & 0xff) : alphabet[random() % alphabet.size()];
  return text;
}

}  // namespace sluice::test
