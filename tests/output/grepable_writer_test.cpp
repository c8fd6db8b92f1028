// SPDX-License-Identifier: Apache-2.0
#include "output/grepable_writer.hpp"

#include <gtest/gtest.h>
#include <sluice/version.hpp>

#include "output/sample_report.hpp"

namespace sluice::output {
namespace {

std::string host_lines(HostReport host, const WriterOptions& options = {}) {
  return written(Format::Grepable, options, finished(std::move(host)));
}

TEST(GrepableWriter, RunStartsAndEndsWithCommentLines) {
  event::RunStarted run;
  run.arguments = {"sluice", "-oG", "-"};
  run.scans = {{"connect", Protocol::Tcp, 3, "7001-7003"}};
  EXPECT_EQ(written(Format::Grepable, {.verbosity = 1}, run, event::RunFinished{}),
            std::string("# Nmap sluice-") + kVersion +
                " scan initiated Tue Nov 24 04:00:00 2026 as: sluice -oG -\n"
                "# Ports scanned: TCP(3;7001-7003) UDP(0;) SCTP(0;) PROTOCOLS(0;)\n"
                "# Nmap done at Tue Nov 24 04:00:01 2026 -- 0 IP addresses (0 hosts up) scanned in 0.00 seconds\n");
}
TEST(GrepableWriter, PortHasSevenFieldsWithSlashesReplaced) {
  Service service;
  service.tls = true;
  service.product = "Prod";
  service.version = "1.2";
  service.extrainfo = "x/y\n";
  HostReport host = up_host(ports(with_service(open_port(7001, "afs3-callback"), service),
                                  port(53, PortState::Closed, Reason::PortUnreach, "", Protocol::Udp)));
  host.reverse_name = "local\thost";
  EXPECT_EQ(host_lines(std::move(host)),
            "Host: 127.0.0.1 (local\\x09host)\tStatus: Up\n"
            "Host: 127.0.0.1 (local\\x09host)\tPorts: 7001/open/tcp//ssl|afs3-callback//Prod 1.2 (x|y\\x0A)/, "
            "53/closed/udp/////\n");
}
TEST(GrepableWriter, DetectionMarksAssumedServicesWithQuestionMark) {
  Service tunnelled;
  tunnelled.tls = true;
  const auto host = [&] { return up_host(ports(with_service(open_port(443, "https"), tunnelled), open_port(9))); };
  EXPECT_EQ(
      host_lines(host(), {.detection = true}),
      "Host: 127.0.0.1 ()\tStatus: Up\nHost: 127.0.0.1 ()\tPorts: 443/open/tcp//ssl|https?///, 9/open/tcp/////\n");
  EXPECT_NE(host_lines(host()).find("/ssl|https/"), std::string::npos);
}
TEST(GrepableWriter, IgnoredStateIsWrittenIfOnlyOneExists) {
  std::vector<PortReport> list;
  add_ports(list, 1, 30, PortState::Closed, Reason::ConnRefused);
  EXPECT_EQ(host_lines(up_host(std::move(list))),
            "Host: 127.0.0.1 ()\tStatus: Up\nHost: 127.0.0.1 ()\tPorts: \tIgnored State: closed (30)\n");
  std::vector<PortReport> two;
  add_ports(two, 1, 30, PortState::Closed, Reason::ConnRefused);
  add_ports(two, 100, 30, PortState::Filtered, Reason::NoResponse);
  EXPECT_EQ(host_lines(up_host(std::move(two))), "Host: 127.0.0.1 ()\tStatus: Up\nHost: 127.0.0.1 ()\tPorts: \n");
}
TEST(GrepableWriter, TimedOutHostKeepsPorts) {
  HostReport host = up_host(ports(open_port(80, "http")));
  host.timed_out = true;
  EXPECT_EQ(host_lines(std::move(host)),
            "Host: 127.0.0.1 ()\tStatus: Up\nHost: 127.0.0.1 ()\tStatus: Timeout\n"
            "Host: 127.0.0.1 ()\tPorts: 80/open/tcp//http///\n");
}
TEST(GrepableWriter, IncompleteHostHasComment) {
  HostReport host = up_host();
  host.incomplete = "stopped before the end";
  EXPECT_EQ(host_lines(std::move(host)),
            "Host: 127.0.0.1 ()\tStatus: Up\n# Incomplete: 127.0.0.1: stopped before the end\n");
}
TEST(GrepableWriter, DownAndListedHostsHaveStatusLineOnly) {
  EXPECT_EQ(host_lines(HostReport{}, {.verbosity = 1}), "Host: 0.0.0.0 ()\tStatus: Down\n");
  HostReport listed;
  listed.listed_only = true;
  EXPECT_EQ(host_lines(std::move(listed)), "Host: 0.0.0.0 ()\tStatus: Unknown\n");
}
TEST(GrepableWriter, UnprobedPortsAndHostsAreUnknown) {
  HostReport host;
  host.reason = Reason::NotSent;
  EXPECT_EQ(host_lines(std::move(host)), "Host: 0.0.0.0 ()\tStatus: Unknown\n");
  EXPECT_EQ(host_lines(up_host(ports(port(80, PortState::Unknown, Reason::NotSent, "http")))),
            "Host: 127.0.0.1 ()\tStatus: Up\nHost: 127.0.0.1 ()\tPorts: 80/unknown/tcp//http///\n");
  event::RunFinished run;
  run.not_sent = "no probe could be sent";
  EXPECT_TRUE(
      written(Format::Grepable, {}, run).starts_with("# Not complete: no probe could be sent\n# Nmap done at "));
}

}  // namespace
}  // namespace sluice::output
