// SPDX-License-Identifier: Apache-2.0
#include "manual/pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "arguments/command_table.hpp"
#include "arguments/option_rows.hpp"
#include "manual/facts.hpp"
#include "manual/mdoc.hpp"

namespace sluice::manual {

namespace {

using arguments::Command;
using arguments::Option;
using arguments::OptionRow;

constexpr std::string_view kSpecial = "`";

std::string upper(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(), [](unsigned char letter) { return std::toupper(letter); });
  return made;
}

std::string heading(std::string_view name, std::string_view help, std::time_t date) {
  std::tm day{};
  ::gmtime_r(&date, &day);
  constexpr const char* kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
  return fmt::format(".Dd {} {}, {}\n.Dt {} 1\n.Os\n.Sh NAME\n.Nm {}\n.Nd {}\n", kMonths[day.tm_mon], day.tm_mday,
                     day.tm_year + 1900, upper(name), name, help);
}

/// Returns a list of options, as the page of `wish` describes them. The items of a row stand above its text.
std::string option_list(std::span<const Option> options, CommandLine::Wish wish,
                        const std::function<bool(const Option&)>& is_wanted) {
  std::string items;
  for (const OptionRow& row : arguments::option_rows(options)) {
    if (!is_wanted(*row.front())) continue;
    std::string heads;
    for (const Option* option : row)
      heads += (heads.empty() ? "" : " , ") + option_macro(arguments::with_value(*option));
    items += ".It " + heads + '\n' + sentences(arguments::meaning_for(*row.front(), wish).text);
    if (row.front()->own && (row.front()->users & arguments::users_of(CommandLine::Wish::Run)) != 0)
      items += "Option of sluice.\n";
  }
  return items.empty() ? "" : ".Bl -tag -width Ds\n" + items + ".El\n";
}

/// Returns a list of terms. `macro`: for the names of the terms; "" if they are text.
/// Makes each comma a word of its own: a macro does not mark it then.
std::string with_separate_commas(std::string_view text) {
  std::string separate;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.size(), text.find(','));
    separate += text.substr(0, comma);
    if (comma == text.size()) break;
    separate += " , ";
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ', comma + 1)));
  }
  return separate;
}

std::string term_list(std::span<const Term> terms, std::string_view macro) {
  std::string items;
  for (const Term& term : terms) {
    std::string name(term.name);
    std::erase(name, kSpecial[0]);
    std::string words = macro_words(name);
    if (!macro.empty()) words = with_separate_commas(words);
    items += fmt::format(".It {}{}{}\n{}", macro, macro.empty() ? "" : " ", words, sentences(term.text));
  }
  return ".Bl -tag -width Ds\n" + items + ".El\n";
}

std::string paragraphs(std::string_view text) {
  std::string made;
  while (!text.empty()) {
    const std::size_t end = std::min(text.size(), text.find("\n\n"));
    made += (made.empty() ? "" : ".Pp\n") + to_mdoc(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 2));
  }
  return made;
}

std::string example_list(std::span<const Term> examples) {
  std::string made = ".Sh EXAMPLES\n";
  for (const Term& example : examples) {
    std::string line;
    for (const char letter : example.name)
      line += letter == '-' ? "\\-" : letter == '\\' ? "\\e" : std::string(1, letter);
    made += (&example == &examples.front() ? "" : ".Pp\n") + to_mdoc(example.text) +
            fmt::format(".Pp\n.Dl {}\n", macro_words(example.name));
  }
  return made;
}

/// Returns "OLD NEW" as arguments, "[FILE]" as an optional one.
std::string operand_lines(std::string_view operands) {
  std::string made;
  while (!operands.empty()) {
    std::string_view word = operands.substr(0, operands.find(' '));
    operands.remove_prefix(std::min(operands.size(), word.size() + 1));
    const bool optional = word.starts_with('[');
    if (optional) word = word.substr(1, word.size() - 2);
    const bool repeated = word.ends_with("...");
    if (repeated) word.remove_suffix(3);
    made += fmt::format(".{}Ar {}{}\n", optional ? "Op " : "", word, repeated ? " ..." : "");
  }
  return made;
}

std::string see_also(std::string_view name) {
  std::vector<std::string> others = page_names();
  others.emplace_back("nmap");
  std::erase(others, name);
  std::ranges::sort(others);
  std::string made = ".Sh SEE ALSO\n";
  for (const std::string& other : others)
    made += fmt::format(".Xr {} 1{}\n", other, &other == &others.back() ? "" : " ,");
  return made;
}

std::string page_of_runs(std::time_t date) {
  std::string made = heading("sluice", "run NSE scripts against hosts and ports", date);
  made += ".Sh SYNOPSIS\n.Nm\n.Op Ar options\n.Ar target ...\n";
  for (const Command& command : arguments::command_table())
    made += fmt::format(".Nm\n.Cm {}\n.Op Ar options\n{}", command.name, operand_lines(command.operands));
  made +=
      ".Sh DESCRIPTION\n" +
      paragraphs(
          "sluice runs the scripts of the Nmap Scripting Engine (`.nse`) against hosts and ports. It discovers hosts, "
          "scans their ports, detects services and runs scripts, and reports each host as soon as it is done. "
          "Options have the names and meanings of Nmap.\n\n"
          "An option begins with one dash or two. Its value follows as `--name value` or `--name=value`. Options and "
          "targets stand in any order. `--` ends the options. An option of Nmap may be abbreviated if only one "
          "option of Nmap begins with the abbreviation. Those of sluice are spelled in full. sluice refuses what it "
          "does not have, and names the remedy.\n\n"
          "A time is a number of seconds, or has a unit: `30`, `1.5s`, `100ms`, `5m`, `2h`.\n\n"
          "A target is a host name, an address, a network or a range: `host`, `10.0.0.0/24`, `10.0.0-3.1,7`; with "
          "`-6` also `::1` and `fd00::/120`. The command line, or `-iL`, names the targets.");
  made += ".Ss Commands\nA command is the first argument.\nEach has a manual page of its own.\n.Bl -tag -width Ds\n";
  for (const Command& command : arguments::command_table())
    made += fmt::format(".It Cm {}\n{}.\nSee\n.Xr sluice-{} 1 .\n", command.name, command.help, command.name);
  made += ".El\n.Sh OPTIONS\n";
  const auto is_of_runs = [](const Option& option) {
    return (option.users & arguments::users_of(CommandLine::Wish::Run)) != 0;
  };
  for (const arguments::OptionSection& section : arguments::option_sections())
    if (const std::string list = option_list(section.options, CommandLine::Wish::Run, is_of_runs); !list.empty())
      made += fmt::format(".Ss {}\n{}", section.title, list);
  made += ".Sh SIGNALS\n" + term_list(signals(), "") + ".Sh KEYS\n" +
          to_mdoc(
              "Keys are read during a run if standard input is a terminal that no option reads, unless "
              "`--noninteractive` is given.") +
          term_list(keys(), "");
  made += ".Sh ENVIRONMENT\n" + term_list(environment_variables(), "Ev") + ".Sh FILES\n" + term_list(files(), "Pa");
  made += ".Sh EXIT STATUS\n" + term_list(exit_codes(), "") + to_mdoc("If several codes apply, the first one counts.");
  return made + example_list(examples()) + see_also("sluice");
}

/// Returns the names of options in Markdown, separated by commas.
std::string code_list(const std::vector<const Option*>& options) {
  std::string names;
  for (const Option* option : options)
    names += fmt::format("{}`{}`", names.empty() ? "" : ", ", arguments::with_dashes(option->name));
  return names;
}

std::string page_of_command(const Command& command, std::time_t date) {
  const std::string name = "sluice-" + std::string(command.name);
  std::string made = heading(name, command.help, date);
  made += fmt::format(".Sh SYNOPSIS\n.Nm sluice\n.Cm {}\n.Op Ar options\n{}", command.name,
                      operand_lines(command.operands));
  made += ".Sh DESCRIPTION\n" + paragraphs(command.text);
  if (command.operand.kind == arguments::ValueKind::Journal)
    made +=
        ".Pp\n" + to_mdoc(
                      "A run may also be named `@last` or `@prev`: the last run of the history by its start, or the "
                      "one before. A journal may have several runs: `FILE#2` is the second, `FILE` the last one.");
  std::string items;
  for (const arguments::OptionSection& section : arguments::option_sections())
    items += option_list(section.options, command.wish,
                         [&](const Option& option) { return (option.users & arguments::users_of(command.wish)) != 0; });
  if (command.wish == CommandLine::Wish::Explain)
    items += ".Pp\n" + to_mdoc("These options of a run have no effect, and a warning names them: " +
                               code_list(arguments::ignored_by_explain()) +
                               ". These are refused: " + code_list(arguments::refused_by_explain()) + ".");
  return made + ".Sh OPTIONS\n" + items + ".Sh EXIT STATUS\n" + term_list(command.exit_codes, "") +
         example_list(command.examples) + see_also(name);
}

}  // namespace

std::vector<std::string> page_names() {
  std::vector<std::string> names{"sluice"};
  for (const Command& command : arguments::command_table()) names.push_back("sluice-" + std::string(command.name));
  return names;
}

Result<std::string> page(std::string_view name, std::time_t date) {
  if (name == "sluice") return page_of_runs(date);
  for (const Command& command : arguments::command_table())
    if (name == "sluice-" + std::string(command.name)) return page_of_command(command, date);
  return Error{fmt::format("{}: there is no such manual page", name)};
}

}  // namespace sluice::manual
