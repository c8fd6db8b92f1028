// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/command_line.hpp>
#include <span>
#include <string_view>

#include "arguments/option_table.hpp"

namespace sluice::arguments {

/// What an item of the documentation is called, and what it means, in Markdown.
struct Term {
  std::string_view name;
  std::string_view text;
};

/// A command: `sluice NAME OPERANDS`. The parser, the usage text, the manual pages and the
/// completion of the shells are made from it.
struct Command {
  std::string_view name;
  CommandLine::Wish wish;
  std::string_view operands;                                ///< as in a synopsis: "OLD NEW", "FILE...", "[FILE]"
  Value operand{Takes::Value, "FILE", ValueKind::Journal};  ///< for the completion of the shells
  std::size_t max_operands = 1;                             ///< the completion offers no more
  std::string_view help;                                    ///< one line
  std::string_view text;                                    ///< paragraphs in Markdown, separated by empty lines
  std::string_view page;                                    ///< of docs/
  std::span<const Term> examples;                           ///< command lines
  std::span<const Term> exit_codes;                         ///< empty: those of runs
};

std::span<const Command> command_table();

/// Returns the command with this name; null if there is none.
const Command* find_command(std::string_view name);

}  // namespace sluice::arguments
