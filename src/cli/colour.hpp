// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/command_line.hpp>

namespace sluice::cli {

/// True if a descriptor is a terminal with control functions: TERM is set, and is not "dumb".
bool is_capable_terminal(int descriptor);

/// True if text on a descriptor has colours. With Colour::Auto, on a capable terminal, unless NO_COLOR is set and not
/// empty (https://no-color.org). An option counts more than this variable.
bool wants_colour(Colour wanted, int descriptor);

}  // namespace sluice::cli
