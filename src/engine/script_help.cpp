// SPDX-License-Identifier: Apache-2.0
#include "engine/script_help.hpp"

#include <string_view>

#include "base/text.hpp"

namespace sluice::engine {

std::string script_help(const nse::Script& script) {
  std::string text = "\n" + script.id + "\nCategories:";
  for (const std::string& category : script.categories) text += " " + category;
  text += "\nhttps://nmap.org/nsedoc/scripts/" + script.id + ".html\n";
  for (std::string_view rest = script.description; !rest.empty();) {
    const bool ends = rest.find('\n') != std::string_view::npos;
    const std::string_view line = take_until(rest, '\n');
    if (!line.empty()) text += "  ";
    text += line;
    if (ends) text += '\n';
  }
  return text;
}

}  // namespace sluice::engine
