// SPDX-License-Identifier: Apache-2.0
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <sluice/quote.hpp>
#include <sluice/report.hpp>
#include <sluice/script_catalog.hpp>

#include "base/text.hpp"
#include "cli/print.hpp"
#include "cli/run.hpp"
#include "cli/script_commands.hpp"
#include "cli/script_text.hpp"

namespace sluice::cli {

namespace {

constexpr Width kPageWidth = 80;  ///< of a page that does not go to a terminal

/// Returns the width of the terminal on standard output; 0 if there is none.
Width terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col == 0 ? kPageWidth : size.ws_col;
}

/// True if the script contains all words, in any case: in its name, categories, description or own arguments.
bool has_words(const ScriptPage& script, std::string_view words) {
  std::string text = script.id + '\n' + script.description;
  for (const std::string& category : script.categories) text += '\n' + category;
  for (const ScriptArgument& argument : script.arguments)
    if (argument.library.empty()) text += '\n' + argument.name + '\n' + argument.text;
  text = to_lower(text);
  for (std::string_view word = take_word(words); !word.empty(); word = take_word(words))
    if (text.find(to_lower(word)) == std::string::npos) return false;
  return true;
}

}  // namespace

int scripts(const CommandLine& command) {
  auto pages = describe_scripts(command.operands, {.datadir = command.options.datadir, .read_environment = true});
  if (!pages) return refuse(pages.error().in("scripts").message);
  for (const std::string& warning : pages->warnings) tell(event::warning(warning + '.').text);
  std::vector<ScriptPage>& found = pages->scripts;
  if (command.search) std::erase_if(found, [&](const ScriptPage& page) { return !has_words(page, *command.search); });
  if (command.changes) return print(json_text(found), command.search && found.empty() ? kFailed : kFinished);
  if (found.empty()) {
    tell(command.search ? "sluice: scripts: no script has the words " + in_quotes(*command.search) + '.'
                        : "sluice: scripts: the data files have no scripts; name their directory with --datadir.");
    return kFailed;
  }
  const Width width = terminal_width();
  if (!command.full && found.size() > 1) return print(terminal_text(list_text(found, width)), kFinished);
  std::string text;
  for (const ScriptPage& page : found)
    text += (text.empty() ? "" : "\n\n") + page_text(page, width > 0 ? width : kPageWidth);
  return print(terminal_text(text), kFinished);
}

}  // namespace sluice::cli
