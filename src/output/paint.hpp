// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sluice/report.hpp>
#include <string>
#include <string_view>

namespace sluice::output {

/// Colours of text at a terminal.
enum class Paint : std::uint8_t { None, Bold, Red, Green, Yellow, Magenta };

/// Returns the text in a colour (SGR, ECMA-48); the text itself for Paint::None or if it is empty. Line feeds are
/// outside of the control functions, so that each line can be read alone.
std::string painted(std::string_view text, Paint paint);

/// Returns the colour of a port state.
Paint paint_of(PortState state);

}  // namespace sluice::output
