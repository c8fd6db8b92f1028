// SPDX-License-Identifier: Apache-2.0
#include "engine/script_failures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "output/phrases.hpp"

namespace sluice::engine {

namespace {

/// True if the text ends with "FILE:LINE".
bool ends_with_place(std::string_view text) {
  const std::size_t digits =
      static_cast<std::size_t>(std::find_if_not(text.rbegin(), text.rend(), is_digit) - text.rbegin());
  text.remove_suffix(digits);
  return digits > 0 && text.size() > 1 && text.back() == ':';
}

/// Returns the first "FILE:LINE" of a traceback; "" if no function in it is written in Lua.
std::string_view place_in(std::string_view traceback) {
  while (!traceback.empty()) {
    std::string_view frame = traceback.substr(0, traceback.find('\n'));
    traceback.remove_prefix(std::min(frame.size() + 1, traceback.size()));
    if (!frame.starts_with('\t')) continue;
    frame = frame.substr(1, frame.find(": in ") - 1);
    if (ends_with_place(frame)) return frame;
  }
  return {};
}

/// True if the message begins with "FILE:LINE: ", as messages of Lua's `error` do.
bool has_place(std::string_view message) {
  const std::size_t colon = message.find(": ");
  return colon != std::string_view::npos && ends_with_place(message.substr(0, colon));
}

}  // namespace

void ScriptFailures::add(const event::ScriptFinished& ended) {
  const bool stopped = ended.cause == event::KillCause::CpuBudget || ended.cause == event::KillCause::Memory;
  if (stopped) ++stopped_;
  if (ended.outcome != event::Outcome::Failed && ended.cause == event::KillCause::None) return;
  Failures& failures = scripts_[ended.id];
  if (failures.count++ > 0) return;
  std::string message = shortened(std::string_view(ended.message).substr(0, ended.message.find('\n')));
  const bool placed = (stopped && ends_with_place(message)) || has_place(message);
  if (const std::string_view place = place_in(ended.traceback); !place.empty() && !placed)
    message += fmt::format(" ({})", place);
  failures.first = output::against_text(ended.place) + ": " + message;
}

std::vector<std::string> ScriptFailures::warnings() const {
  std::vector<std::string> lines;
  for (const auto& [id, failures] : scripts_)
    lines.push_back(failures.count == 1
                        ? fmt::format("script {} failed{}", id, failures.first)
                        : fmt::format("script {} failed {} times, first{}", id, failures.count, failures.first));
  return lines;
}

}  // namespace sluice::engine
