// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <sluice/command_line.hpp>

#include "arguments/command_table.hpp"
#include "arguments/option_rows.hpp"

namespace sluice {

namespace {

using arguments::Option;
using arguments::OptionRow;

constexpr std::size_t kWidth = 80;
constexpr std::size_t kColumn = 28;  ///< of the descriptions

/// Appends a line that begins with `head` and has the words of `text` from kColumn on, in as many lines as needed.
void append_entry(std::string& page, std::string_view head, std::string_view text) {
  std::string line(head);
  if (line.size() + 1 > kColumn) {
    page += line + '\n';
    line.clear();
  }
  line.resize(kColumn, ' ');
  std::size_t length = kColumn;
  bool first = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!first && length + 1 + word.size() > kWidth) {
      page += line + '\n';
      line.assign(kColumn, ' ');
      length = kColumn;
      first = true;
    }
    line += (first ? "" : " ") + std::string(word);
    length += word.size() + (first ? 0 : 1);
    first = false;
  }
  page += line + '\n';
}

/// Returns the options of a row as the usage text names them: "--min-rate, --max-rate N". Of the other names of an
/// option, it has a long one for a short option. `with_mark`: options of sluice have an asterisk.
std::string head_of(const OptionRow& row, bool with_mark = true) {
  std::vector<const Option*> shown;
  for (const Option* option : row) {
    const bool useful = !option->alias || (option->name.size() > 2 && shown.back()->name.size() <= 2);
    if (useful) shown.push_back(option);
  }
  std::string head;
  for (const Option* option : shown) {
    const bool last = option == shown.back();
    const bool same = option->value.placeholder == shown.back()->value.placeholder;
    head += !last && same ? arguments::with_dashes(option->name) : arguments::with_value(*option);
    head += last ? "" : ", ";
  }
  if (with_mark && row.front()->own) head += " *";
  return head;
}

/// Returns the help of a row; for options that a run does not have, with the commands that have them.
std::string help_with_users(const OptionRow& row) {
  std::string help(arguments::help_of(row));
  if ((row.front()->users & arguments::users_of(CommandLine::Wish::Run)) != 0) return help;
  std::string names;
  for (const arguments::Command& command : arguments::command_table())
    if ((row.front()->users & arguments::users_of(command.wish)) != 0)
      names += (names.empty() ? "" : ", ") + std::string(command.name);
  return help + " (" + names + ')';
}

/// Returns a paragraph in lines of kWidth, without backticks.
std::string paragraph(std::string_view text) {
  std::string made, line;
  while (!text.empty()) {
    std::string word(text.substr(0, text.find(' ')));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    std::erase(word, '`');
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
      made += line + '\n';
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return made + line + '\n';
}

/// Returns a line that begins with `title` and has the names of the options, in as many lines as needed.
std::string named(std::string_view title, const std::vector<const Option*>& options) {
  std::string names;
  for (const Option* option : options) names += (names.empty() ? "" : ", ") + arguments::with_dashes(option->name);
  return paragraph(fmt::format("{}: {}", title, names));
}

std::string usage_of(const arguments::Command& command) {
  std::string page = fmt::format("Usage: sluice {} [options] {}\n\n", command.name, command.operands);
  page += paragraph(command.text.substr(0, command.text.find("\n\n"))) + '\n';
  for (const arguments::OptionSection& section : arguments::option_sections())
    for (const OptionRow& row : arguments::option_rows(section.options))
      if ((row.front()->users & arguments::users_of(command.wish)) != 0)
        append_entry(page, "  " + head_of(row, false), arguments::help_of(row, command.wish));
  if (command.wish == CommandLine::Wish::Explain)
    page += '\n' + named("Without effect, with a warning", arguments::ignored_by_explain()) + '\n' +
            named("Refused, because they name other targets or another purpose", arguments::refused_by_explain());
  page += "\nExamples\n";
  for (const arguments::Term& example : command.examples) page += fmt::format("  {}\n", example.name);
  return page + fmt::format("\nThe manual sluice-{}(1) describes the command.\n", command.name);
}

}  // namespace

std::string usage(std::string_view name) {
  if (const arguments::Command* const found = arguments::find_command(name)) return usage_of(*found);
  std::string page = "Usage: sluice [options] target...\n";
  for (const arguments::Command& command : arguments::command_table())
    append_entry(page, "       sluice " + std::string(command.name) + ' ' + std::string(command.operands),
                 command.help);
  page +=
      "\nRuns NSE scripts against hosts and ports. Options have the names and meanings of\n"
      "Nmap. Options marked * are sluice's own and must be spelled in full. The manual\n"
      "sluice(1) describes every option.\n\n";
  for (const arguments::OptionSection& section : arguments::option_sections()) {
    page += std::string(section.title) + '\n' + std::string(section.intro);
    for (const OptionRow& row : arguments::option_rows(section.options))
      append_entry(page, "  " + head_of(row), help_with_users(row));
  }
  return page;
}

}  // namespace sluice
