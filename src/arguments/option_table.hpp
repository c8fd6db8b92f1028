// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/command_line.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arguments/option_walk.hpp"

namespace sluice::arguments {

/// A command line while it is read, with the facts about its options that CommandLine does not have.
struct Draft {
  CommandLine line;
  std::tm local{};
  bool connect_scan = false;  ///< -sT or -sS
  bool scan_types = false;    ///< -sT, -sS or -sU
  // Options whose request the run leaves out, with a warning.
  bool syn_scan = false;             ///< -sS
  bool systems = false;              ///< -O and its further options
  bool routes = false;               ///< --traceroute
  bool aggressive = false;           ///< -A
  bool system_dns = false;           ///< --system-dns
  std::optional<Family> family;      ///< -4 or -6
  std::string intensity_option;      ///< the last option that sets the intensity of version detection; "" if none
  std::string version_option;        ///< the last other option of version detection; "" if none
  std::vector<std::string> ignored;  ///< options that have no effect on the command, as they were spelled
};

/// Returns the set of these wishes.
template <class... Wishes>
constexpr std::uint32_t users_of(Wishes... wishes) {
  return ((1U << static_cast<unsigned>(wishes)) | ...);
}

/// What several options decide together. An option that a later source gives replaces all settings of earlier sources
/// with the same choice (docs/settings.md).
enum class Choice : std::uint8_t {
  Ports,
  ExcludedPorts,
  Services,
  ScanTypes,
  Pings,
  LinkPings,
  Family,
  Names,
  Resolver,
  Privileges,
  Intensity,
  Stylesheet,
  Journal
};

/// Returns the set of these choices.
template <class... Choices>
constexpr std::uint32_t choices_of(Choices... choices) {
  return ((1U << static_cast<unsigned>(choices)) | ...);
}

/// What a value names. The completion of the shells depends on it.
enum class ValueKind : std::uint8_t {
  Text,
  File,
  Directory,
  Interface,
  ScriptRules,
  ScriptArguments,
  Journal,  ///< a journal of the history, or a file
  Profile,  ///< a profile of the settings files
  Words     ///< one of Value::words
};

/// A word that a value may be, with one line of help.
struct Word {
  std::string_view text;
  std::string_view help;
};

/// The value of an option, for the parser and for readers.
struct Value {
  Takes takes = Takes::Nothing;
  std::string_view placeholder = {};  ///< its name in the documentation, such as "FILE"
  ValueKind kind = ValueKind::Text;
  std::span<const Word> words = {};
  bool list = false;  ///< several values may stand in it, separated by commas
};

/// What an option means for one of its commands.
struct Meaning {
  CommandLine::Wish wish;
  std::string_view help;  ///< as Option::help
  std::string_view text;  ///< as Option::text
};

/// One option of the command line. The parser, the usage text, docs/options.md, the manual pages and the completion of
/// the shells are made from it.
///
/// The documentation has rows of options: an option with a `text`, and those behind it that have none.
struct Option {
  std::string_view name;  ///< without dashes
  Value value = {};
  bool own = false;    ///< an option of sluice, which must be spelled in full
  bool alias = false;  ///< another name of the option before it
  /// A member of the families -s and -P, such as -sV: its family reads it (find_member()).
  bool member = false;
  /// The wishes that have the option: a run, and commands that read reports. A set of users_of().
  std::uint32_t users = users_of(CommandLine::Wish::Run);
  std::uint32_t choices = 0;  ///< a set of choices_of()
  bool resumable = false;     ///< a resumed run may have another value (docs/resume.md)
  /// Applies one occurrence to the draft. Errors: the message lacks the name of the option. Null if sluice refuses the
  /// option.
  Result<void> (*apply)(Draft& draft, std::string_view value) = nullptr;
  std::string_view help = {};              ///< one line; "" for families, aliases and options that sluice refuses
  std::string_view together = {};          ///< one line for the whole row, if it has several options; "": `help`
  std::string_view text = {};              ///< description in Markdown: phrase, then sentences; "": see above
  std::span<const Meaning> meanings = {};  ///< of an option that means something else for each of its commands
  std::string_view instead = {};           ///< why sluice refuses the option, and the remedy; "" if it does not
  /// Why a program without a terminal and report files refuses the option, and the remedy; "" if it does not.
  std::string_view instead_embedded = {};
  /// Why settings cannot have the option, and the remedy; "" if they can (docs/settings.md).
  std::string_view instead_in_settings = {};
  /// Why `explain` refuses the option, and the remedy; "" if it does not (docs/explain.md).
  std::string_view instead_in_explain = {};
  /// Returns the value that counts without the option, in the syntax of the option; "" if there is none. `line`: the
  /// command line with the values of effective_options(). Null if the option never has such a value.
  std::string (*built_in)(const CommandLine& line) = nullptr;
};

/// True if the option has an effect on a command line with this wish. `config` has the options of a run, too.
constexpr bool is_used_by(const Option& option, CommandLine::Wish wish) {
  if (option.users & users_of(wish)) return true;
  return wish == CommandLine::Wish::Config && (option.users & users_of(CommandLine::Wish::Run)) != 0;
}

/// True if a command line with this wish may have the option, which then has no effect. `explain` so takes command
/// lines of runs, except options for a terminal, for report files and for other targets.
constexpr bool is_ignored_by(const Option& option, CommandLine::Wish wish) {
  const bool of_run = (option.users & users_of(CommandLine::Wish::Run)) != 0;
  return wish == CommandLine::Wish::Explain && of_run && !is_used_by(option, wish) && option.instead_embedded.empty() &&
         option.instead_in_explain.empty();
}

/// Options that belong together in the documentation.
struct OptionSection {
  std::string_view title;
  std::string_view intro;  ///< lines of the usage text between the title and the options; "" or ends in a line feed
  std::span<const Option> options;
};

/// Returns the sections of all options but those that sluice refuses, in the order of the documentation.
std::span<const OptionSection> option_sections();
/// Returns the options of Nmap that sluice refuses.
std::span<const Option> refused_options();

/// Returns the member of a family with this name, such as "sV"; null if there is none.
const Option* find_member(std::string_view name);

/// An option, and the one that it is another name of: itself, if it is none.
struct NamedOption {
  const Option* option = nullptr;
  const Option* main = nullptr;
};

/// Returns the option with this name, such as "max-rate" or "sV"; nothing if there is none. The families -s and -P are
/// no options.
std::optional<NamedOption> find_option(std::string_view name);

/// Returns the name with its dashes: "-sV", "--script".
std::string with_dashes(std::string_view name);

/// Returns all options of a run: those of Nmap 7.93 and those of sluice, without the members of families.
std::span<const Option> option_table();
/// Returns the spellings of option_table(), in the same order.
std::span<const Spelling> spellings();
/// The same with the options that a run does not have, behind the others. Their names may be abbreviations of options
/// of Nmap.
std::span<const Option> option_table_of_commands();
std::span<const Spelling> spellings_of_commands();

}  // namespace sluice::arguments
