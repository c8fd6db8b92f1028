// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace sluice::cli {

/// Writes a line to stderr. Characters that control a terminal are escaped. Ignores errors.
void tell(const std::string& line) noexcept;
/// Writes why the command is refused, and returns the exit code.
int refuse(const std::string& why);
/// Writes `text` to standard output. Returns `code`, or kLost after an error.
int print(const std::string& text, int code);
/// Returns the text without characters that control a terminal, which are escaped.
std::string terminal_text(const std::string& text);

}  // namespace sluice::cli
