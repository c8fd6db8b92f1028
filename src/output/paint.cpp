// SPDX-License-Identifier: Apache-2.0
#include "output/paint.hpp"

namespace sluice::output {
namespace {

std::string_view sequence(Paint paint) {
  switch (paint) {
    case Paint::None:
      break;
    case Paint::Bold:
      return "\033[1m";
    case Paint::Red:
      return "\033[31m";
    case Paint::Green:
      return "\033[32m";
    case Paint::Yellow:
      return "\033[33m";
    case Paint::Magenta:
      return "\033[35m";
  }
  return "";
}

constexpr std::string_view kPlain = "\033[0m";

}  // namespace

std::string painted(std::string_view text, Paint paint) {
  if (paint == Paint::None) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (!line.empty()) out.append(sequence(paint)).append(line).append(kPlain);
    if (end == std::string_view::npos) break;
    out += '\n';
    text.remove_prefix(end + 1);
  }
  return out;
}

Paint paint_of(PortState state) {
  switch (state) {
    case PortState::Open:
      return Paint::Green;
    case PortState::Closed:
      return Paint::Red;
    case PortState::Unknown:
      return Paint::Magenta;
    case PortState::Filtered:
    case PortState::Unfiltered:
    case PortState::OpenFiltered:
    case PortState::ClosedFiltered:
      return Paint::Yellow;
  }
  return Paint::None;
}

}  // namespace sluice::output
