// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <sluice/report_reader.hpp>

#include "output/sample_run.hpp"

namespace sluice::output {
namespace {

constexpr std::size_t kWhole = std::string::npos;

/// Reads a report in pieces of `size` bytes. Returns the error, or "".
std::string read_into(Observer& observer, Format format, std::string_view report, std::size_t size = kWhole) {
  const auto made = make_reader(format, observer);
  ReportReader& reader = **made;
  while (!report.empty()) {
    const Result<void> read = reader.read(report.substr(0, size));
    if (!read) {
      EXPECT_EQ(reader.finish().error().message, read.error().message);
      EXPECT_EQ(reader.read("").error().message, read.error().message);
      return read.error().message;
    }
    report.remove_prefix(std::min(size, report.size()));
  }
  const Result<void> finished = reader.finish();
  return finished ? "" : finished.error().message;
}

std::vector<Event> events_of(Format format, std::string_view report, std::size_t size = kWhole) {
  Collector collector;
  EXPECT_EQ(read_into(collector, format, report, size), "") << report;
  return collector.events;
}

std::string error_of(std::string_view xml) {
  Collector collector;
  return read_into(collector, Format::Xml, xml);
}

/// Returns the events of one kind.
template <class What>
std::vector<What> only(const std::vector<Event>& events) {
  std::vector<What> found;
  for (const Event& event : events)
    if (const auto* what = std::get_if<What>(&event.what)) found.push_back(*what);
  return found;
}

std::vector<HostReport> hosts_of(std::string_view xml) {
  std::vector<HostReport> hosts;
  for (const auto& host : only<event::HostFinished>(events_of(Format::Xml, xml))) hosts.push_back(*host.report);
  return hosts;
}

/// Returns a document with these elements in it.
std::string report_of(std::string_view elements) { return "<nmaprun>" + std::string(elements) + "</nmaprun>"; }
std::string host_of(std::string_view elements) {
  return report_of("<host><status state=\"up\"/><address addr=\"192.0.2.1\" addrtype=\"ipv4\"/>" +
                   std::string(elements) + "</host>");
}

const std::vector<WriterOptions> kOptions{{.verbosity = 1},
                                          {.verbosity = 1, .reason = true, .versions = true, .detection = true},
                                          {},
                                          {.verbosity = 1, .open_only = true},
                                          {.debugging = 3},
                                          {.verbosity = 2, .stylesheet = "a.xsl"}};

/// XML does not contain changes of the levels (docs/reports.md).
std::vector<Event> run_without_changed_levels() {
  std::vector<Event> run = sample_run();
  std::erase_if(run, [](const Event& event) { return std::holds_alternative<event::LevelsChanged>(event.what); });
  return run;
}

TEST(XmlReader, ReportThatIsReadAndWrittenAgainIsTheSame) {
  const std::vector<Event> run = run_without_changed_levels();
  for (const WriterOptions& options : kOptions) {
    const std::string xml = all_written(Format::Xml, options, run);
    for (const std::size_t size : {kWhole, std::size_t{1}, std::size_t{100}})
      EXPECT_EQ(all_written(Format::Xml, options, events_of(Format::Xml, xml, size)), xml);
  }
}
TEST(XmlReader, NdjsonOfXmlGivesTheSameXml) {
  for (const WriterOptions& options : kOptions) {
    const std::string xml = all_written(Format::Xml, options, run_without_changed_levels());
    const std::string ndjson = all_written(Format::Json, options, events_of(Format::Xml, xml));
    EXPECT_EQ(all_written(Format::Xml, options, events_of(Format::Json, ndjson)), xml);
    keep_lines(ndjson);
  }
}
TEST(XmlReader, AnyBytesInArgumentsAndTextsAreWrittenAgain) {
  std::mt19937 random(7);
  constexpr std::string_view kLikely = "\"\\ x01AF-\t\n'\x7f";
  const auto text = [&] {
    std::string bytes(random() % 6, ' ');
    for (char& byte : bytes)
      byte = static_cast<char>(random() % 2 == 0 ? random() : kLikely[random() % kLikely.size()]);
    return bytes;
  };
  for (int round = 0; round < 3000; ++round) {
    event::RunStarted start;
    for (auto count = random() % 5; count > 0; --count) start.arguments.push_back(text());
    Service service;
    service.name = text();
    service.product = text();
    service.cpe = {text()};
    service.confidence = static_cast<int>(random() % 11);
    const Value data{Value::Table{{Value{text()}}, {{text(), Value{Value::Table{{}, {{"", Value{text()}}}}}}}}};
    HostReport host = up_host(ports(with_service(
        with_scripts(open_port(80), {{"a" + text(), text(), data}, {"b", text(), Value{text()}}}), service)));
    host.target_name = text();
    host.reverse_name = text();
    host.incomplete = text();
    event::RunFinished end;
    end.error = text();
    const std::string xml = written(Format::Xml, {}, start, event::TargetSkipped{text(), ""}, finished(host), end);
    const std::vector<Event> events = events_of(Format::Xml, xml);
    ASSERT_EQ(all_written(Format::Xml, {}, events), xml);
    ASSERT_EQ(only<event::RunStarted>(events).at(0).arguments, start.arguments) << xml;
  }
}
TEST(XmlReader, CommandLineOfNmapIsSplitIntoItsArguments) {
  const auto words = [](const std::string& args) {
    return only<event::RunStarted>(events_of(Format::Xml, "<nmaprun args=\"" + args + "\"/>")).at(0).arguments;
  };
  using Words = std::vector<std::string>;
  EXPECT_EQ(words(""), Words{});
  EXPECT_EQ(words("nmap -&#45;script-args  -oX -"), (Words{"nmap", "--script-args", "", "-oX", "-"}));
  EXPECT_EQ(words("nmap &quot;a b&quot; a\\&quot;b a\\\\b &quot;a\\&quot;b c&quot;"),
            (Words{"nmap", "a b", "a\"b", "a\\b", "a\"b c"}));
  EXPECT_EQ(words("&quot;tab&#x9;x&quot; hi&#xff; a\\\\x01b"), (Words{"tab\tx", "hi\xff", "a\\x01b"}));
  EXPECT_EQ(words("a\\x01\\x7F\\"), (Words{"a\x01\\x7F\\"}));
}
TEST(XmlReader, HostOfMasscanIsUpAndHasItsPort) {
  const auto events = events_of(
      Format::Xml,
      "<?xml version=\"1.0\"?>\n<!-- masscan v1.0 scan -->\n"
      "<nmaprun scanner=\"masscan\" start=\"1700000000\" version=\"1.0-BETA\"  xmloutputversion=\"1.03\">\n"
      "<scaninfo type=\"syn\" protocol=\"tcp\" />\n"
      "<host endtime=\"1700000001\"><address addr=\"192.0.2.1\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" "
      "portid=\"80\"><state state=\"open\" reason=\"syn-ack\" reason_ttl=\"64\"/></port></ports></host>\n"
      "<host endtime=\"1700000002\"><address addr=\"192.0.2.1\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" "
      "portid=\"80\"><state state=\"open\" reason=\"response\" reason_ttl=\"64\" /><service name=\"http\" "
      "banner=\"HTTP/1.0 200 OK\"></service></port></ports></host>\n"
      "<host endtime=\"1700000003\"><address addr=\"192.0.2.2\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" "
      "portid=\"81\"><state state=\"closed\" reason=\"rst-ack\" reason_ttl=\"0\"/></port></ports></host>\n"
      "<runstats>\n<finished time=\"1700000004\" timestr=\"x\" elapsed=\"5\" />\n"
      "<hosts up=\"3\" down=\"0\" total=\"3\" />\n</runstats>\n</nmaprun>\n");
  const auto hosts = only<event::HostFinished>(events);
  ASSERT_EQ(hosts.size(), 3u);
  const HostReport& first = *hosts[0].report;
  EXPECT_TRUE(first.up);
  EXPECT_EQ(first.address.text(), "192.0.2.1");
  EXPECT_EQ(first.end, WallTime{} + std::chrono::seconds(1700000001));
  ASSERT_EQ(first.ports.size(), 1u);
  EXPECT_EQ(first.ports[0].number, 80);
  EXPECT_EQ(first.ports[0].state, PortState::Open);
  EXPECT_EQ(first.ports[0].reason, Reason::SynAck);
  EXPECT_EQ(first.ports[0].reason_ttl, 64);
  ASSERT_TRUE(hosts[1].report->ports[0].detail);
  EXPECT_FALSE(hosts[1].report->ports[0].detail->service);
  EXPECT_EQ(hosts[1].report->ports[0].detail->scripts.at(0).id, "banner");
  EXPECT_EQ(hosts[1].report->ports[0].detail->scripts.at(0).output, "HTTP/1.0 200 OK");
  EXPECT_EQ(hosts[2].report->ports[0].reason, Reason::Reset);
  EXPECT_TRUE(hosts[2].report->up);
  const auto end = only<event::RunFinished>(events);
  ASSERT_EQ(end.size(), 1u);
  EXPECT_EQ(end[0].elapsed, std::chrono::seconds(5));
  EXPECT_EQ(end[0].error, "");
}
TEST(XmlReader, ElementsWithoutMeaningAreSkipped) {
  const auto hosts = hosts_of(report_of(
      "<hosthint><status state=\"up\"/><address addr=\"192.0.2.9\" addrtype=\"ipv4\"/></hosthint><output>x</output>"
      "<host><status state=\"up\" reason=\"echo-reply\" reason_ttl=\"61\"/><address addr=\"192.0.2.1\" "
      "addrtype=\"ipv4\"/><address addr=\"00:00:5E:00:53:01\" addrtype=\"mac\" vendor=\"V\"/>"
      "<hostnames><hostname name=\"a\" type=\"user\"/><hostname name=\"b\" type=\"PTR\"/></hostnames>"
      "<ports><port protocol=\"ip\" portid=\"6\"><state state=\"open\"/><service name=\"tcp\"/><script id=\"x\" "
      "output=\"y\"/></port><port protocol=\"tcp\" portid=\"22\"><state state=\"open\"/><service name=\"ssh\" "
      "product=\"p\" proto=\"rpc\" method=\"probed\" conf=\"10\"><cpe>cpe:/a:p</cpe></service><owner name=\"r\"/>"
      "</port></ports><os><portused state=\"open\"/><osmatch "
      "name=\"L\"><osclass><cpe>cpe:/o:l</cpe></osclass></osmatch>"
      "</os><uptime seconds=\"1\"/><distance value=\"1\"/><tcpsequence index=\"1\"/><trace><hop ttl=\"1\"/></trace>"
      "</host>"));
  ASSERT_EQ(hosts.size(), 1u);
  EXPECT_EQ(hosts[0].target_name, "a");
  EXPECT_EQ(hosts[0].reverse_name, "b");
  EXPECT_EQ(hosts[0].reason_ttl, 61);
  EXPECT_EQ(mac_text(hosts[0].mac), "00:00:5E:00:53:01");
  EXPECT_TRUE(hosts[0].scripts.empty());
  ASSERT_EQ(hosts[0].ports.size(), 1u);
  EXPECT_EQ(hosts[0].ports[0].detail->service->cpe, std::vector<std::string>{"cpe:/a:p"});
}
TEST(XmlReader, PortsThatAreCountedAreListedInOrder) {
  const auto ports_of = [](const std::string& attributes) {
    const auto hosts = hosts_of(host_of(
        "<ports><extraports state=\"closed\" count=\"3\"><extrareasons reason=\"resets\" count=\"3\"" + attributes +
        "/></extraports><port protocol=\"tcp\" portid=\"2\"><state state=\"open\" "
        "reason=\"syn-ack\"/></port></ports>"));
    std::string text;
    for (const PortReport& port : hosts.at(0).ports)
      text.append(std::to_string(port.number)).append(" ").append(to_text(port.reason)).append(", ");
    return text;
  };
  EXPECT_EQ(ports_of(" proto=\"tcp\" ports=\"1,3-4\""), "1 reset, 2 syn-ack, 3 reset, 4 reset, ");
  EXPECT_EQ(ports_of(""), "2 syn-ack, ");
}
TEST(XmlReader, ResultsAreEventsOfTheirOwnBeforeTheirHost) {
  const auto events = events_of(
      Format::Xml, report_of("<prescript><script id=\"p\" output=\"1\"/></prescript><host><address addr=\"::1\" "
                             "addrtype=\"ipv6\"/><ports><port protocol=\"udp\" portid=\"53\"><state state=\"open\"/>"
                             "<script id=\"a\" output=\"2\"/></port></ports><hostscript><script id=\"b\" output=\"3\">"
                             "<table key=\"t\">\n<elem>x</elem>\n<elem key=\"\">y</elem>\n</table>\n</script>"
                             "</hostscript></host><postscript><script id=\"c\" output=\"4\">s</script></postscript>"));
  std::string order;
  for (const Event& event : events) order += std::to_string(event.what.index()) + " ";
  const auto index = [](auto what) { return std::to_string(decltype(Event::what)(what).index()) + " "; };
  const std::string script = index(event::ScriptFinished{}), phase = index(event::PhaseFinished{});
  EXPECT_EQ(order, index(event::RunStarted{}) + script + phase + script + script + index(event::HostFinished{}) +
                       script + phase + index(event::RunFinished{}));
  const auto scripts = only<event::ScriptFinished>(events);
  EXPECT_EQ(scripts[0].place.phase, "prerule");
  EXPECT_EQ(scripts[1].place.phase, "portrule");
  EXPECT_EQ(scripts[1].place.port, 53);
  EXPECT_EQ(scripts[1].place.protocol, Protocol::Udp);
  EXPECT_EQ(scripts[1].result->structured, std::nullopt);
  EXPECT_EQ(scripts[2].place.phase, "hostrule");
  EXPECT_EQ(scripts[2].place.address->text(), "::1");
  const Value inner{Value::Table{{Value{std::string("x")}}, {{"", Value{std::string("y")}}}}};
  EXPECT_EQ(scripts[2].result->structured, (Value{Value::Table{{}, {{"t", inner}}}}));
  EXPECT_EQ(scripts[3].place.phase, "postrule");
  EXPECT_EQ(scripts[3].result->structured, Value{std::string("s")});
  EXPECT_EQ(only<event::RunFinished>(events).at(0).hosts_up, 1u);
}
TEST(XmlReader, ReportThatIsCutOffGivesItsCompleteHostsAndAnError) {
  std::string xml = all_written(Format::Xml, {.verbosity = 1}, sample_run());
  xml.resize(xml.find("<runstats>"));
  const std::string again = xml;
  for (const char* more : {"", "<host>", "<host><status state=\"up\"/><addr", "<host><address addr=\"x"}) {
    xml = again + more;
    Collector collector;
    const std::string lines = std::to_string(std::ranges::count(xml, '\n') + 1);
    EXPECT_EQ(read_into(collector, Format::Xml, xml, 10),
              "line " + lines + ": the report is incomplete, as after a run that was killed");
    EXPECT_EQ(only<event::HostFinished>(collector.events).size(), 5u);
    EXPECT_TRUE(only<event::RunFinished>(collector.events).empty());
  }
  Collector collector;
  EXPECT_NE(read_into(collector, Format::Xml, "<nmaprun args=\"nmap\">\n<scaninfo"), "");
  EXPECT_EQ(only<event::RunStarted>(collector.events).size(), 1u);
}
TEST(XmlReader, ErrorsHaveLineAndCause) {
  EXPECT_EQ(error_of(""), "line 1: this is not well-formed XML: no element found");
  EXPECT_EQ(error_of("<html>\n</html>"),
            "line 1: this is not a report of nmap: it begins with '<html>' instead of <nmaprun>");
  EXPECT_EQ(error_of("<nmaprun>\n<host></nmaprun>"), "line 2: this is not well-formed XML: mismatched tag");
  EXPECT_EQ(error_of("<nmaprun>\n<host>\n</host></nmaprun>"), "line 3: a host has no address");
  EXPECT_EQ(error_of("<nmaprun>\n<host><address addr=\"x\"/></host></nmaprun>"), "line 2: 'x' is not an address");
  EXPECT_EQ(error_of("<nmaprun><host><address addr=\"a&#10;&#x9b;\"/></host></nmaprun>"),
            "line 1: 'a\\x0A\\xC2\\x9B' is not an address");
  EXPECT_EQ(error_of(host_of("<ports><port protocol=\"tcp\" portid=\"70000\"/></ports>")),
            "line 1: '70000' is not a port between 0 and 65535");
  EXPECT_EQ(error_of(host_of("<ports>\n<port protocol=\"tcp\" portid=\"7\"><state state=\"x\"/></port></ports>")),
            "line 2: 'x' is not a state of a port");
  for (const char* list : {"3-1", "1,1", "1-", "x", "1-65535,1-65535"})
    EXPECT_EQ(error_of(host_of("<ports><extraports state=\"closed\"><extrareasons proto=\"tcp\" ports=\"" +
                               std::string(list) + "\"/></extraports></ports>")),
              "line 1: '" + std::string(list) + "' is not a list of ports such as 1-21,80");
  EXPECT_EQ(error_of("<nmaprun/>\n<nmaprun/>"), "line 2: this is not well-formed XML: junk after document element");
}
TEST(XmlReader, HostileDocumentIsRefused) {
  EXPECT_EQ(error_of("<!DOCTYPE nmaprun [<!ENTITY a \"x\">]><nmaprun/>"),
            "line 1: the document declares an entity, which is not allowed in a report");
  EXPECT_EQ(error_of("<!DOCTYPE nmaprun [<!ENTITY a SYSTEM \"/etc/passwd\">]><nmaprun args=\"&a;\"/>"),
            "line 1: the document declares an entity, which is not allowed in a report");
  EXPECT_EQ(error_of("<!DOCTYPE nmaprun SYSTEM \"/etc/passwd\"><nmaprun/>"), "");
  std::string deep = "<nmaprun><prescript><script>";
  for (int depth = 0; depth < 300; ++depth) deep += "<table>";
  EXPECT_EQ(error_of(deep), "line 1: the elements are nested too deeply");
  const std::string all = "<extrareasons proto=\"tcp\" ports=\"1-65535\"/>";
  EXPECT_EQ(error_of(host_of("<ports><extraports state=\"closed\">" + all + all + all + all + "</extraports></ports>")),
            "line 1: a host has more than 196605 ports");
  Collector collector;
  const auto made = make_reader(Format::Xml, collector);
  EXPECT_TRUE((*made)->read("<nmaprun a=\""));
  const std::string piece(1 << 20, 'x');
  int pieces = 0;
  while (pieces < 30 && (*made)->read(piece)) ++pieces;
  EXPECT_EQ(pieces, 15);
  EXPECT_EQ((*made)->finish().error().message, "line 1: a tag is longer than 16 MiB");
}
TEST(XmlReader, NumbersOutOfRangeAreIgnored) {
  const std::string huge = "99999999999999999999", large = "9223372036854775807";
  for (const std::string& number : {huge, large, std::string("-1"), std::string("1e999"), std::string("nan")}) {
    const auto each = [&](const char* name) { return std::string(" ") + name + "=\"" + number + "\""; };
    const auto events =
        events_of(Format::Xml,
                  "<nmaprun" + each("start") + "><verbose" + each("level") + "/><taskbegin" + each("time") +
                      "/><taskprogress" + each("percent") + each("etc") + each("remaining") + "/><taskend" +
                      each("time") + "/><host" + each("starttime") + each("endtime") + "><status" + each("reason_ttl") +
                      "/><address addr=\"::1\"/><ports><port protocol=\"tcp\" portid=\"1\"><state state=\"open\"" +
                      each("reason_ttl") + "/><service name=\"a\"" + each("conf") + "/></port></ports><times" +
                      each("srtt") + each("rttvar") + each("to") + "/></host><runstats><finished" + each("elapsed") +
                      each("time") + "/><hosts" + each("up") + "/></runstats></nmaprun>");
    for (const Format format : {Format::Xml, Format::Json, Format::Text, Format::Grepable})
      EXPECT_NE(all_written(format, {.verbosity = 1}, events), "");
  }
}
TEST(XmlReader, DamagedReportGivesEventsOrAnError) {
  const std::string xml = all_written(Format::Xml, {.verbosity = 1}, sample_run());
  std::mt19937 random(1);
  for (int round = 0; round < 4000; ++round) {
    std::string damaged = xml.substr(0, round % 3 == 0 ? random() % xml.size() : xml.size());
    for (auto count = random() % 4; count > 0 && !damaged.empty(); --count) {
      char& byte = damaged[random() % damaged.size()];
      byte = static_cast<char>(random() % 2 == 0 ? random() : "<>\"/ &"[random() % 6]);
    }
    Collector collector;
    const std::string error = read_into(collector, Format::Xml, damaged, 1 + random() % 3000);
    EXPECT_EQ(error.find('\n'), std::string::npos);
    for (const Format format : {Format::Xml, Format::Json, Format::Text, Format::Grepable})
      all_written(format, {}, collector.events);
  }
}
TEST(XmlReader, ExceptionOfObserverPassesThrough) {
  struct Thrower final : Observer {
    void on_event(const Event&) override { throw 7; }
  } thrower;
  const auto made = make_reader(Format::Xml, thrower);
  EXPECT_THROW((void)(*made)->read("<nmaprun><host>"), int);
}

TEST(ReportReader, NdjsonInAnyPiecesGivesTheEvents) {
  const std::vector<Event> run = sample_run();
  std::string ndjson = all_written(Format::Json, {.verbosity = 1}, run);
  for (const std::size_t size : {kWhole, std::size_t{1}, std::size_t{100}})
    EXPECT_EQ(all_written(Format::Json, {.verbosity = 1}, events_of(Format::Json, ndjson, size)), ndjson);
  ndjson.pop_back();
  EXPECT_EQ(events_of(Format::Json, ndjson).size(), run.size());
}
TEST(ReportReader, NdjsonThatIsCutOffGivesItsEventsAndAnError) {
  const std::vector<Event> run = sample_run();
  std::string ndjson = all_written(Format::Json, {.verbosity = 1}, run);
  ndjson.resize(ndjson.size() - 10);
  Collector collector;
  EXPECT_EQ(read_into(collector, Format::Json, ndjson),
            "line " + std::to_string(run.size()) + ": the report is incomplete, as after a run that was killed");
  EXPECT_EQ(collector.events.size(), run.size() - 1);
}
TEST(ReportReader, ErrorOfNdjsonHasItsLine) {
  Collector collector;
  EXPECT_EQ(read_into(collector, Format::Json, "\n{\"event\":\"log\"}\n", 1), "line 2: log: key \"time\" is missing");
}
TEST(ReportReader, TextReportsCannotBeRead) {
  Collector collector;
  for (const Format format : {Format::Text, Format::Grepable})
    EXPECT_EQ(make_reader(format, collector).error().code, ErrorCode::Unsupported);
}
TEST(ReportReader, FormatIsThatOfTheFirstCharacter) {
  EXPECT_EQ(report_format("<?xml"), Format::Xml);
  EXPECT_EQ(report_format("\xEF\xBB\xBF<nmaprun>"), Format::Xml);
  EXPECT_EQ(report_format(" \n{\"event\""), Format::Json);
  EXPECT_EQ(report_format("# Nmap 7.93 scan"), std::nullopt);
  EXPECT_EQ(report_format(""), std::nullopt);
}

}  // namespace
}  // namespace sluice::output
