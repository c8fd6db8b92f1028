// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sluice/error.hpp>
#include <string>

namespace sluice::cli {

/// What a line for the user means, for its colour. A plain line that begins with "Warning: " is a warning.
enum class Tone : std::uint8_t { Plain, Warning, Failure };

/// Writes a line to stderr. Characters that control a terminal are escaped. Ignores errors. Thread-safe.
void tell(const std::string& line, Tone tone = Tone::Plain) noexcept;
/// Sets if warnings and failures are written in colour; at first they are not. Thread-safe.
void colour_messages(bool wanted) noexcept;
/// Writes why the command is refused, and returns the exit code.
int refuse(const std::string& why);
/// The same for an error. The exit code of ErrorCode::ResourceShortage is that of a journal that cannot be written.
int refuse(const Error& error);
/// Writes `text` to standard output. Returns `code`, or kLost after an error.
int print(const std::string& text, int code);
/// Returns the text without characters that control a terminal, which are escaped.
std::string terminal_text(const std::string& text);

}  // namespace sluice::cli
