// SPDX-License-Identifier: Apache-2.0
// manual_pages names | page NAME EPOCH | tables FILE: prints the names of the manual pages; a page, dated by seconds
// since 1970; a page of docs/ with its tables. Exit: 0, or 2 with a message.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "manual/pages.hpp"
#include "manual/tables.hpp"

namespace {

int print(const sluice::Result<std::string>& text) {
  if (text) return std::fputs(text->c_str(), stdout) < 0 ? 2 : 0;
  std::fprintf(stderr, "manual_pages: %s\n", text.error().message.c_str());
  return 2;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 1 && words[0] == "names") {
    std::string names;
    for (const std::string& name : sluice::manual::page_names()) names += name + '\n';
    return print(names);
  }
  if (words.size() == 3 && words[0] == "page")
    return print(sluice::manual::page(words[1], static_cast<std::time_t>(std::strtoll(words[2].c_str(), nullptr, 10))));
  if (words.size() == 2 && words[0] == "tables") {
    std::ifstream file(words[1]);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) return print(sluice::Error{words[1] + ": cannot be read"});
    return print(sluice::manual::with_tables(text.str()));
  }
  return print(sluice::Error{"say names, page NAME EPOCH, or tables FILE"});
}
