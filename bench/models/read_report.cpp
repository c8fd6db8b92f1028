// SPDX-License-Identifier: Apache-2.0
// Reads a journal, or a report in XML or NDJSON, and does nothing with its events: the floor of `sluice convert` and
// `sluice diff`.
//
//   read_report FILE
//
// Prints "done HOSTS".

#include <cstdio>
#include <fstream>
#include <sluice/journal.hpp>
#include <sluice/report_reader.hpp>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace sluice;

class CountHosts final : public Observer {
 public:
  void on_event(const Event& event) override { hosts_ += std::holds_alternative<event::HostFinished>(event.what); }
  unsigned hosts() const { return hosts_; }

 private:
  unsigned hosts_ = 0;
};

bool read_journal(const char* path, Observer& observer) {
  auto journal = JournalReader::open(path);
  return journal && (*journal)->read(1, observer);
}

bool read_report(std::ifstream& file, Format format, Observer& observer) {
  auto reader = make_reader(format, observer);
  std::vector<char> block(std::size_t{1} << 16);
  while (reader && file.read(block.data(), static_cast<std::streamsize>(block.size())).gcount() > 0)
    if (!(*reader)->read({block.data(), static_cast<std::size_t>(file.gcount())})) return false;
  return reader && (*reader)->finish();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  std::ifstream file(arguments[1], std::ios::binary);
  std::string beginning(4096, '\0');
  file.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<std::size_t>(file.gcount()));
  file.clear();
  file.seekg(0);
  CountHosts observer;
  const auto format = report_format(beginning);
  if (format ? read_report(file, *format, observer) : read_journal(arguments[1], observer)) {
    std::printf("done %u\n", observer.hosts());
    return 0;
  }
  std::fprintf(stderr, "read_report: %s cannot be read\n", arguments[1]);
  return 1;
}
