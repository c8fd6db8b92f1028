// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <sluice/report_reader.hpp>
#include <sluice/writer.hpp>
#include <string_view>

// report_again xml|json xml|json: reads a report in the first format from standard input and writes it in the second
// one. For tests/conformance/read_back_test.py.

namespace {

sluice::Format format_of(std::string_view name) { return name == "xml" ? sluice::Format::Xml : sluice::Format::Json; }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const sluice::WriterOptions all{.verbosity = 1, .debugging = 3};  // lists every host, task and port
  const auto writer = sluice::make_writer(
      format_of(argv[2]), all, [](std::string_view bytes) { std::fwrite(bytes.data(), 1, bytes.size(), stdout); });
  const auto reader = sluice::make_reader(format_of(argv[1]), *writer);
  char buffer[1000];
  sluice::Result<void> done;
  for (std::size_t size; done && (size = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;)
    done = (*reader)->read({buffer, size});
  if (done) done = (*reader)->finish();
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 1;
}
