// SPDX-License-Identifier: Apache-2.0
#include "cli/colour.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace sluice::cli {

namespace {

std::string_view variable_or_empty(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

bool is_capable_terminal(int descriptor) {
  const std::string_view type = variable_or_empty("TERM");
  return !type.empty() && type != "dumb" && ::isatty(descriptor) != 0;
}

bool wants_colour(Colour wanted, int descriptor) {
  if (wanted != Colour::Auto) return wanted == Colour::Always;
  return variable_or_empty("NO_COLOR").empty() && is_capable_terminal(descriptor);
}

}  // namespace sluice::cli
