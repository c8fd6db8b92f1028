// SPDX-License-Identifier: Apache-2.0
// Measures the CPU time of a journal per host with one open port and one result, and that of SQLite alone: the same
// rows in transactions of 512.
//
//   journal_cost HOSTS DIRECTORY
//
// Prints both times in microseconds per host, and their ratio.

#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sluice/journal.hpp>
#include <string>
#include <vector>

#include "journal/journal_file.hpp"
#include "output/json_writer.hpp"

namespace {

using namespace sluice;

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// The events of one host.
std::vector<Event> events_of(std::uint32_t number, WallTime time) {
  const Address address = Address::v4(0x0A000000 + number);
  ScriptPlace place;
  place.phase = "portrule";
  place.address = address;
  place.port = 443;
  const ScriptResult result{"http-title", "Site doesn't have a title (text/html).", Value{std::string("text/html")}};
  event::ScriptFinished script;
  script.id = result.id;
  script.place = place;
  script.outcome = event::Outcome::Result;
  script.result = result;
  script.elapsed = Microseconds(1234);
  auto report = std::make_shared<HostReport>();
  report->address = address;
  report->up = report->ports_scanned = true;
  report->reason = Reason::SynAck;
  report->start = report->end = time;
  report->times = RoundTrip{Microseconds(120), Microseconds(30), Microseconds(100000)};
  auto scanned = std::make_shared<HostReport>(*report);
  PortReport port;
  port.number = 443;
  port.state = PortState::Open;
  port.reason = Reason::SynAck;
  port.table_service = "https";
  port.detail = std::make_unique<PortDetail>();
  port.detail->scripts = {result};
  report->ports.push_back(port);
  port.detail.reset();
  scanned->ports.push_back(std::move(port));
  return {{time, event::HostStarted{address, ""}},
          {time, event::PortDiscovered{address, 443, Protocol::Tcp}},
          {time, event::HostScanned{std::move(scanned)}},
          {time, event::ScriptStarted{result.id, place}},
          {time, script},
          {time, event::HostFinished{report}}};
}

double by_journal(const std::vector<Event>& events, const std::string& path) {
  const double start = cpu_seconds();
  auto opened = Journal::open({.path = path});
  for (const Event& event : events) (*opened)->on_event(event);
  if (!(*opened)->close()) std::exit(1);
  return cpu_seconds() - start;
}

double by_sqlite(const std::vector<Event>& events, const std::string& path) {
  constexpr std::size_t kRows = 512;
  std::vector<std::string> lines;
  output::JsonWriter writer(
      {}, [&](std::string_view line) { lines.emplace_back(line.substr(0, line.size() - 1)); },
      output::JsonWriter::Content::Journal);
  for (const Event& event : events) writer.on_event(event);
  const double start = cpu_seconds();
  journal::Database database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
  database.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, line TEXT NOT NULL) STRICT");
  journal::Statement insert(database, "INSERT INTO event (kind, line) VALUES (?1, ?2)");
  for (std::size_t row = 0; row < lines.size(); ++row) {
    if (row % kRows == 0) database.execute(row == 0 ? "BEGIN" : "COMMIT; BEGIN");
    insert.bind(1, std::string_view("script")).bind(2, lines[row]).run();
  }
  database.execute("COMMIT");
  return cpu_seconds() - start;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const auto hosts = static_cast<std::uint32_t>(std::strtoul(arguments[1], nullptr, 10));
  const std::filesystem::path directory = arguments[2];
  std::vector<Event> events{{std::chrono::system_clock::now(), event::RunStarted{{"sluice"}, 0, 0, {}}}};
  for (std::uint32_t number = 0; number < hosts; ++number)
    for (Event& event : events_of(number, std::chrono::system_clock::now())) events.push_back(std::move(event));
  const double alone = by_sqlite(events, directory / "sqlite.db") / hosts;
  const double ours = by_journal(events, directory / "journal.db") / hosts;
  std::printf("SQLite alone: %.1f us per host; journal: %.1f us; ratio %.2f\n", alone * 1e6, ours * 1e6, ours / alone);
  return 0;
}
