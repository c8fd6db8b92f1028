// SPDX-License-Identifier: Apache-2.0
#include "output/xml_writer.hpp"

#include <gtest/gtest.h>
#include <sluice/version.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "model/xml_report.hpp"
#include "output/sample_report.hpp"

namespace sluice::output {
namespace {

constexpr const char* kDtd = "/usr/share/nmap/nmap.dtd";

std::string hostile() {
  std::string bytes = "]]>--></script>&#0;";
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

/// Expects that `document` is valid against the installed DTD of Nmap. Without xmllint or the DTD, skips the test.
void expect_valid(const std::string& document) {
  if (!std::filesystem::exists(kDtd) || std::system("command -v xmllint >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "needs xmllint and " << kDtd;
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) /
                                     (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + "." +
                                      std::to_string(::getpid()) + ".xml");
  std::ofstream(file, std::ios::binary) << document;
  const std::string command = std::string("xmllint --nonet --noout --dtdvalid ") + kDtd + " " + file.string();
  EXPECT_EQ(std::system(command.c_str()), 0) << document;
  std::filesystem::remove(file);
}

TEST(XmlWriter, RunStartsWithPrologAndEndsWithTotals) {
  event::RunStarted run;
  run.arguments = {"sluice", "--script", "x"};
  run.verbosity = 1;
  run.scans = {{"connect", Protocol::Tcp, 2, "22,80"}};
  const std::string version = std::string("sluice-") + kVersion;
  EXPECT_EQ(
      written(Format::Xml, {.stylesheet = "file:///s.xsl"}, run,
              event::RunFinished{std::chrono::milliseconds(50), 1, 2, 3, 0, false, ""}),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n"
      "<?xml-stylesheet href=\"file:///s.xsl\" type=\"text/xsl\"?>\n"
      "<!-- Nmap " +
          version +
          " scan initiated Tue Nov 24 04:00:00 2026 as: sluice -&#45;script x -->\n"
          "<nmaprun scanner=\"nmap\" args=\"sluice -&#45;script x\" start=\"1795492800\" "
          "startstr=\"Tue Nov 24 04:00:00 2026\" version=\"" +
          version +
          "\" xmloutputversion=\"1.05\">\n"
          "<scaninfo type=\"connect\" protocol=\"tcp\" numservices=\"2\" services=\"22,80\"/>\n"
          "<verbose level=\"1\"/>\n<debugging level=\"0\"/>\n"
          "<runstats><finished time=\"1795492801\" timestr=\"Tue Nov 24 04:00:01 2026\" "
          "summary=\"Nmap done at Tue Nov 24 04:00:01 2026; 3 IP addresses (1 host up) scanned in 0.05 seconds\" "
          "elapsed=\"0.05\" exit=\"success\"/><hosts up=\"1\" down=\"2\" total=\"3\"/>\n</runstats>\n</nmaprun>\n");
}
TEST(XmlWriter, HostElementsHaveOrderAndLinesOfNmap) {
  Service service;
  service.product = "Prod";
  service.version = "1.2";
  service.probed = true;
  service.tls = true;
  service.confidence = 10;
  service.cpe = {"cpe:/a:p:q"};
  std::vector<PortReport> list = ports(
      with_service(with_scripts(open_port(7001, "afs3-callback"), {{"a", "1", Value{std::int64_t{1}}}, {"b", "2", {}}}),
                   service),
      port(7002, PortState::Closed, Reason::ConnRefused), open_port(7003, "afs3-vlserver"));
  add_ports(list, 8000, 30, PortState::Filtered, Reason::NoResponse);
  HostReport host = up_host(std::move(list));
  host.target_name = "www";
  host.reverse_name = "rev";
  host.start = at();
  host.end = at(2);
  host.times = RoundTrip{Microseconds(1479), Microseconds(2596), Microseconds(100000)};
  host.scripts = {{"h", "x", {}}};
  const std::string text = written(Format::Xml, {}, event::RunStarted{}, finished(std::move(host)));
  EXPECT_EQ(text.substr(text.find("<host ")),
            "<host starttime=\"1795492800\" endtime=\"1795492802\">"
            "<status state=\"up\" reason=\"localhost-response\" reason_ttl=\"0\"/>\n"
            "<address addr=\"127.0.0.1\" addrtype=\"ipv4\"/>\n"
            "<hostnames>\n<hostname name=\"www\" type=\"user\"/>\n<hostname name=\"rev\" type=\"PTR\"/>\n</hostnames>\n"
            "<ports><extraports state=\"filtered\" count=\"30\">\n"
            "<extrareasons reason=\"no-response\" count=\"30\" proto=\"tcp\" ports=\"8000-8029\"/>\n</extraports>\n"
            "<port protocol=\"tcp\" portid=\"7001\"><state state=\"open\" reason=\"syn-ack\" reason_ttl=\"0\"/>"
            "<service name=\"afs3-callback\" product=\"Prod\" version=\"1.2\" tunnel=\"ssl\" method=\"probed\" "
            "conf=\"10\"><cpe>cpe:/a:p:q</cpe></service>"
            "<script id=\"a\" output=\"1\">1</script><script id=\"b\" output=\"2\"/></port>\n"
            "<port protocol=\"tcp\" portid=\"7002\"><state state=\"closed\" reason=\"conn-refused\" reason_ttl=\"0\"/>"
            "</port>\n"
            "<port protocol=\"tcp\" portid=\"7003\"><state state=\"open\" reason=\"syn-ack\" reason_ttl=\"0\"/>"
            "<service name=\"afs3-vlserver\" method=\"table\" conf=\"3\"/></port>\n"
            "</ports>\n<hostscript><script id=\"h\" output=\"x\"/></hostscript>"
            "<times srtt=\"1479\" rttvar=\"2596\" to=\"100000\"/>\n</host>\n");
}
TEST(XmlWriter, ServiceAttributesHaveOrderOfNmapAndAreValid) {
  Service service;
  service.name = "http";
  service.product = "Prod";
  service.version = "1.2";
  service.extrainfo = "a \"b\"";
  service.hostname = "h";
  service.ostype = "Linux";
  service.devicetype = "router";
  service.fingerprint = "SF-Port443-TCP:%r(NULL,1,\"a\");";
  service.tls = service.probed = true;
  service.confidence = 10;
  service.cpe = {"cpe:/a:p:q:1.2", "cpe:/h:x", "cpe:/o:l"};
  const std::string text =
      written(Format::Xml, {.versions = true, .detection = true}, event::RunStarted{},
              finished(up_host(ports(with_service(open_port(443, "https"), service)))), event::RunFinished{});
  EXPECT_NE(text.find("<service name=\"http\" product=\"Prod\" version=\"1.2\" extrainfo=\"a &quot;b&quot;\" "
                      "hostname=\"h\" ostype=\"Linux\" devicetype=\"router\" "
                      "servicefp=\"SF-Port443-TCP:%r(NULL,1,&quot;a&quot;);\" tunnel=\"ssl\" method=\"probed\" "
                      "conf=\"10\"><cpe>cpe:/a:p:q:1.2</cpe><cpe>cpe:/h:x</cpe><cpe>cpe:/o:l</cpe></service>"),
            std::string::npos)
      << text;
  expect_valid(text);
}
TEST(XmlWriter, UnknownServiceHasNoElement) {
  const auto report = [](Service service) {
    return written(Format::Xml, {}, finished(up_host(ports(with_service(open_port(1), std::move(service))))));
  };
  Service service;
  EXPECT_EQ(report(service).find("<service"), std::string::npos);
  service.tls = true;
  EXPECT_NE(report(service).find("<service name=\"unknown\" tunnel=\"ssl\" method=\"table\" conf=\"3\"/>"),
            std::string::npos);
}
TEST(XmlWriter, TimedOutHostHasAttributeAndKeepsPorts) {
  HostReport host = up_host(ports(open_port(80)));
  host.timed_out = true;
  const std::string text = written(Format::Xml, {}, finished(std::move(host)));
  EXPECT_NE(text.find("<host timedout=\"true\"><status"), std::string::npos) << text;
  EXPECT_NE(text.find("portid=\"80\""), std::string::npos) << text;
}
TEST(XmlWriter, IncompleteHostHasCommentWithReason) {
  HostReport host = up_host();
  host.incomplete = "stopped before the end";
  const std::string text = written(Format::Xml, {}, finished(std::move(host)));
  EXPECT_NE(text.find("<host comment=\"incomplete: stopped before the end\"><status"), std::string::npos) << text;
}
TEST(XmlWriter, MacAddressIsSecondAddressOfHost) {
  HostReport host = up_host();
  host.mac = std::string("\x08\0\x27\1\2\xff", 6);
  std::string text = written(Format::Xml, {}, finished(host));
  EXPECT_NE(text.find("addrtype=\"ipv4\"/>\n<address addr=\"08:00:27:01:02:FF\" addrtype=\"mac\"/>\n<hostnames>"),
            std::string::npos)
      << text;
  host.mac_vendor = "A&B";
  text = written(Format::Xml, {}, finished(std::move(host)));
  EXPECT_NE(text.find("addrtype=\"mac\" vendor=\"A&amp;B\"/>"), std::string::npos) << text;
}
TEST(XmlWriter, HostWithoutPortScanHasNoPortsElement) {
  const std::string text = written(Format::Xml, {}, finished(up_host()));
  EXPECT_EQ(text.find("<ports>"), std::string::npos) << text;
  EXPECT_NE(text.find("<hostnames>\n</hostnames>\n</host>\n"), std::string::npos) << text;
}
TEST(XmlWriter, PhaseWithoutResultsWritesNothing) {
  const std::string none = written(Format::Xml, {}, event::RunStarted{});
  EXPECT_EQ(written(Format::Xml, {}, event::RunStarted{}, event::PhaseFinished{true, {}}), none);
  EXPECT_EQ(written(Format::Xml, {}, event::RunStarted{}, event::PhaseFinished{false, {{"a", "1", {}}}}),
            none + "<postscript><script id=\"a\" output=\"1\"/></postscript>");
}
TEST(XmlWriter, TasksAppearWithVerbosityOnly) {
  const auto run = [](int verbosity) {
    return written(Format::Xml, {.verbosity = verbosity}, event::RunStarted{}, event::TaskStarted{"NSE", ""},
                   event::TaskEnded{"NSE", "3 scripts", std::chrono::milliseconds(0)});
  };
  EXPECT_EQ(run(0).find("<task"), std::string::npos);
  EXPECT_NE(run(1).find("<taskbegin task=\"NSE\" time=\"1795492801\"/>\n"
                        "<taskend task=\"NSE\" time=\"1795492802\" extrainfo=\"3 scripts\"/>\n"),
            std::string::npos);
}
TEST(XmlWriter, TasksAppearAfterVerbosityIsRaised) {
  const std::string text = written(Format::Xml, {}, event::RunStarted{}, event::TaskStarted{"first", ""},
                                   event::LevelsChanged{1, 0}, event::TaskStarted{"second", ""});
  EXPECT_EQ(text.find("first"), std::string::npos);
  EXPECT_NE(text.find("<taskbegin task=\"second\""), std::string::npos);
}
TEST(XmlWriter, FailedRunIsClosedOnceWithError) {
  event::RunFinished broken;
  broken.error = "out of <memory>";
  const std::string once = written(Format::Xml, {}, event::RunStarted{}, broken);
  EXPECT_NE(once.find("exit=\"error\" errormsg=\"out of &lt;memory&gt;\"/>"), std::string::npos) << once;
  EXPECT_EQ(written(Format::Xml, {}, event::RunStarted{}, broken, event::RunFinished{}, finished(up_host())), once);
}
TEST(XmlWriter, RunWithoutStartIsValid) {
  event::RunFinished broken;
  broken.error = "no scripts";
  expect_valid(written(Format::Xml, {}, broken));
}
TEST(XmlWriter, EveryElementIsValidAgainstDtdForAnyBytes) {
  event::RunStarted run;
  run.arguments = {"sluice", hostile(), "--"};
  run.scans = {{"connect", Protocol::Tcp, 1, "80"}, {"udp", Protocol::Udp, 30, "1-30"}};
  Service service;
  service.product = service.version = service.extrainfo = service.hostname = service.ostype = service.devicetype =
      service.fingerprint = hostile();
  service.cpe = {hostile()};
  service.confidence = 99;
  const Value nested{Value::Table{{Value{hostile()}, Value{1.5}, Value{Value::Table{}}},
                                  {{hostile(), Value{hostile()}}, {"t", Value{Value::Table{{Value{true}}, {}}}}}}};
  std::vector<PortReport> list = ports(with_service(
      with_scripts(open_port(80), {{hostile(), hostile(), nested}, {"s", hostile(), Value{hostile()}}}), service));
  add_ports(list, 1, 30, PortState::OpenFiltered, Reason::NoResponse, Protocol::Udp);
  HostReport host = up_host(std::move(list));
  host.target_name = host.reverse_name = hostile();
  host.scripts = {{"h", hostile(), nested}};
  host.timed_out = true;
  host.start = at();
  host.end = at(1);
  host.times = RoundTrip{};
  HostReport down, listed, inet6 = up_host(), unknown;
  unknown.reason = Reason::NotSent;
  listed.listed_only = true;
  listed.target_name = "x";
  inet6.address = *Address::parse("::1");
  event::RunFinished end;
  end.error = hostile();
  expect_valid(written(Format::Xml, {.verbosity = 0}, run, event::PhaseFinished{true, {{"p", hostile(), nested}}},
                       event::TaskProgress{hostile(), 33.3, 4, at(60)}, finished(std::move(host)),
                       finished(std::move(listed)), finished(std::move(inet6)),
                       event::PhaseFinished{false, {{"q", "", {}}}}, end));
  expect_valid(written(Format::Xml, {.verbosity = 1, .stylesheet = hostile()}, run, event::TargetSkipped{hostile(), ""},
                       event::TaskStarted{hostile(), hostile()},
                       event::TaskEnded{hostile(), hostile(), std::chrono::milliseconds(1)}, finished(std::move(down)),
                       end));
  event::RunFinished incomplete;
  incomplete.not_sent = hostile();
  expect_valid(written(Format::Xml, {}, run, finished(std::move(unknown)),
                       finished(up_host(ports(port(80, PortState::Unknown, Reason::NotSent)))), incomplete));
}

TEST(XmlWriter, UnprobedPortsAndHostsAreUnknownAndRunEndsWithError) {
  HostReport unknown;
  unknown.reason = Reason::NotSent;
  event::RunFinished run;
  run.not_sent = "no probe could be sent";
  const std::string text = written(Format::Xml, {}, finished(std::move(unknown)),
                                   finished(up_host(ports(port(80, PortState::Unknown, Reason::NotSent)))), run);
  EXPECT_NE(text.find(R"(<status state="unknown" reason="not-sent" reason_ttl="0"/>)"), std::string::npos);
  EXPECT_NE(text.find(R"(<state state="unknown" reason="not-sent" reason_ttl="0"/>)"), std::string::npos);
  EXPECT_NE(text.find(R"(exit="error" errormsg="no probe could be sent")"), std::string::npos);
}

TEST(XmlWriter, OpenPortsAndServicesRoundTripThroughReader) {
  Service service;
  service.name = "n<\x80-->";
  service.product = "p\"\xff'";
  service.version = "v&";
  service.extrainfo = "e\t";
  service.hostname = "h";
  service.ostype = "o";
  service.devicetype = "d";
  service.fingerprint = "SF-Port1:\\x20";
  service.cpe = {"cpe:/a:x", "cpe:/o:\xc3\xa9"};
  service.tls = service.probed = true;
  service.confidence = 8;
  HostReport host =
      up_host(ports(with_service(open_port(1), service), port(2, PortState::Closed, Reason::ConnRefused)));
  host.target_name = "name.example";
  model::XmlReportReader reader;
  reader.feed(written(Format::Xml, {}, event::RunStarted{}, finished(std::move(host)), event::RunFinished{}), true);
  const auto read = reader.next();
  ASSERT_TRUE(read && read->open) << (read ? read->open.error().message : "nothing");
  EXPECT_FALSE(reader.next());
  ASSERT_EQ(read->open->size(), 1u);
  const model::KnownPort& known = read->open->front();
  EXPECT_EQ(known.hostname, "name.example");
  EXPECT_EQ(known.port, 1);
  ASSERT_TRUE(known.detected);
  const auto fields = [](const Service& of) {
    return std::tuple(of.name, of.product, of.version, of.extrainfo, of.hostname, of.ostype, of.devicetype,
                      of.fingerprint, of.cpe, of.tls, of.probed, of.confidence);
  };
  EXPECT_EQ(fields(*known.detected), fields(service));
}

}  // namespace
}  // namespace sluice::output
