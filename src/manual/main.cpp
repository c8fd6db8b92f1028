// SPDX-License-Identifier: Apache-2.0
// manual_pages pages EPOCH DIRECTORY | tables FILE: writes the manual pages, dated by seconds since 1970, into a
// directory; prints a page of docs/ with its tables. Exit: 0, or 2 with a message.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "manual/pages.hpp"
#include "manual/tables.hpp"

namespace {

using sluice::Error;
using sluice::Result;

Result<void> write_pages(std::time_t date, const std::string& directory) {
  for (const std::string& name : sluice::manual::page_names()) {
    const auto text = sluice::manual::page(name, date);
    if (!text) return text.error();
    const std::string path = directory + '/' + name + ".1";
    std::ofstream file(path);
    if (!(file << *text).flush()) return Error{path + ": cannot be written"};
  }
  return {};
}

Result<void> print_with_tables(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return Error{path + ": cannot be read"};
  const auto page = sluice::manual::with_tables(text.str());
  if (!page) return page.error().in(path);
  if (std::fputs(page->c_str(), stdout) < 0) return Error{"standard output: cannot be written"};
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  Result<void> done = Error{"say pages EPOCH DIRECTORY, or tables FILE"};
  if (words.size() == 3 && words[0] == "pages")
    done = write_pages(static_cast<std::time_t>(std::strtoll(words[1].c_str(), nullptr, 10)), words[2]);
  if (words.size() == 2 && words[0] == "tables") done = print_with_tables(words[1]);
  if (done) return 0;
  std::fprintf(stderr, "manual_pages: %s\n", done.error().message.c_str());
  return 2;
}
