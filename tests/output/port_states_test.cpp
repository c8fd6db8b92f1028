// SPDX-License-Identifier: Apache-2.0
#include "output/port_states.hpp"

#include <gtest/gtest.h>

#include <sluice/event_reader.hpp>

#include "output/json_writer.hpp"
#include "output/sample_run.hpp"

namespace sluice::output {
namespace {

/// Returns the line of a journal for the states of a host.
std::string state_line(const HostReport& host, const WriterOptions& options = {}) {
  std::string line;
  JsonWriter writer(
      options, [&](std::string_view text) { line = text; }, JsonWriter::Content::Journal);
  writer.on_event({at(), event::PortsScanned{std::make_shared<HostReport>(host)}});
  return line;
}
HostReport read_state(const std::string& line) {
  Collector collector;
  const Result<void> read = EventReader(collector).read(line);
  EXPECT_TRUE(read) << read.error().message;
  return *std::get<event::PortsScanned>(collector.events.at(0).what).report;
}
std::string text_of(const HostReport& host) {
  return written(Format::Text, {.verbosity = 1, .reason = true}, event::RunStarted{}, finished(host));
}

TEST(PortStates, OpenPortsAloneAreSingleAtEachLevel) {
  std::vector<PortReport> list = ports(open_port(80, "http"), port(81, PortState::Closed, Reason::ConnRefused));
  add_ports(list, 100, 2, PortState::Closed, Reason::ConnRefused);
  add_ports(list, 102, 1, PortState::Filtered, Reason::NoResponse);
  for (const WriterOptions& options : {WriterOptions{}, WriterOptions{.verbosity = 2}, WriterOptions{.debugging = 3}}) {
    const std::string line = state_line(up_host(list), options);
    EXPECT_NE(line.find(R"("ports":[{"port":80,"protocol":"tcp","state":"open",)"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("not_shown":[{"state":"closed","protocol":"tcp","reason":"conn-refused","count":3,)"
                        R"("ports":"81,100-101"},{"state":"filtered","protocol":"tcp","reason":"no-response",)"
                        R"("count":1,"ports":"102"}])"),
              std::string::npos)
        << line;
  }
}
TEST(PortStates, ReportOfTheReadHostIsThatOfTheHost) {
  Service service;
  service.name = "dns";
  service.fingerprint = "SF-Port53";
  std::vector<PortReport> list =
      ports(port(21, PortState::Closed, Reason::ConnRefused, "ftp"), open_port(22, "ssh"),
            port(23, PortState::Closed, Reason::Reset, "telnet"), port(24, PortState::Closed, Reason::ConnRefused),
            port(25, PortState::Closed, Reason::ConnRefused, "smtp"));
  list.push_back(with_service(port(53, PortState::OpenFiltered, Reason::NoResponse, "domain", Protocol::Udp), service));
  list.push_back(port(69, PortState::OpenFiltered, Reason::NoResponse, "tftp", Protocol::Udp));
  const HostReport host = up_host(list), again = read_state(state_line(host));
  ASSERT_EQ(again.ports.size(), host.ports.size());
  EXPECT_EQ(text_of(again), text_of(host));
}
TEST(PortStates, NamesAreLeftOutIfReportsSumThePortsUp) {
  std::vector<PortReport> list;
  for (std::uint16_t number = 1; number <= 26; ++number)
    list.push_back(port(number, PortState::Closed, Reason::ConnRefused, "name"));
  EXPECT_EQ(state_line(up_host(list)).find("name"), std::string::npos);
  EXPECT_NE(state_line(up_host(list), {.verbosity = 1}).find("name"), std::string::npos);
}

}  // namespace
}  // namespace sluice::output
