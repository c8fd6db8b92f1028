#include "engine/script_help.hpp"

#include <string_view>

#include "base/text.hpp"

namespace sluice::engine {

std::string script_help(const nse::Script& script) {
  std::string text = "\n" + script.id + "\nCategories:";
  for (const std::string& category : script.categories) text += " " + category;
  text += "\nhttps://nmap.org/nsedoc/scripts/" + script.id + ".html";
  for (std::string_view rest = trim(script.description); !rest.empty();) {
    const std::string_view line = take_until(rest, '\n');
    text += line.empty() ? "\n" : "\n  ";
    text += line;
  }
  return text;
}

}  // namespace sluice::engine
