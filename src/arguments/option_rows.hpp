// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "arguments/option_table.hpp"

namespace sluice::arguments {

/// A row of the documentation: options that one text describes. The first one has the text. They belong to the table.
using OptionRow = std::vector<const Option*>;

/// Returns the rows of these options, in their order, without the families -s and -P. Refused options with the same
/// reason are one row.
std::vector<OptionRow> option_rows(std::span<const Option> options);

/// Returns an option with its value as a synopsis has it: "-iL FILE", "-PS[PORTS]", "--verbose[=LEVEL]".
std::string with_value(const Option& option);

/// Returns the text of a row in one line for the usage text and the completion of the shells.
std::string_view help_of(const OptionRow& row);
/// The same for the usage text of a command.
std::string_view help_of(const OptionRow& row, CommandLine::Wish wish);

/// Returns what an option means for a command. An option with one meaning has it for all commands.
Meaning meaning_for(const Option& option, CommandLine::Wish wish);

/// Returns the options of a run that have no effect on `explain` (is_ignored_by()), or those that `explain` refuses
/// because of other targets; in the order of the documentation, without other names.
std::vector<const Option*> ignored_by_explain();
std::vector<const Option*> refused_by_explain();

}  // namespace sluice::arguments
