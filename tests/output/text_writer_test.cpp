// SPDX-License-Identifier: Apache-2.0
#include "output/text_writer.hpp"

#include <gtest/gtest.h>
#include <regex>
#include <sluice/version.hpp>

#include "output/sample_report.hpp"

namespace sluice::output {
namespace {

const std::string kName = std::string("sluice ") + kVersion;

std::string host_block(HostReport host, const WriterOptions& options = {}) {
  return written(Format::Text, options, finished(std::move(host)));
}

TEST(TextWriter, RunStartsWithBannerAndEndsWithTotals) {
  EXPECT_EQ(written(Format::Text, {}, event::RunStarted{}, finished(up_host(ports(open_port(7001, "afs3-callback")))),
                    event::RunFinished{std::chrono::milliseconds(50), 1, 0, 1, 0, false, ""}),
            "Starting " + kName +
                " at 2026-11-24 04:00 +0000\n"
                "Nmap scan report for 127.0.0.1\nHost is up.\n\n"
                "PORT     STATE SERVICE\n7001/tcp open  afs3-callback\n\n"
                "Nmap done: 1 IP address (1 host up) scanned in 0.05 seconds\n");
}
TEST(TextWriter, FileHasNmapHeaderAndFooterWithoutProgress) {
  event::RunStarted run;
  run.arguments = {"sluice", "a\nb"};
  EXPECT_EQ(written(Format::Text, {.verbosity = 1, .debugging = 1, .file = true}, run,
                    event::Log{event::LogTo::Output, "NSE: chatter"}, event::TaskStarted{"NSE", ""},
                    event::Log{event::LogTo::Error, "Failed to resolve \"x\"."}, event::Stats{},
                    event::RunFinished{std::chrono::milliseconds(1000), 0, 0, 0, 0, false, "out of memory"}),
            std::string("# Nmap sluice-") + kVersion +
                " scan initiated Tue Nov 24 04:00:00 2026 as: sluice \"a\\x0Ab\"\n"
                "Failed to resolve \"x\".\nout of memory\nQUITTING!\n"
                "# Nmap done at Tue Nov 24 04:00:05 2026 -- 0 IP addresses (0 hosts up) scanned in 1.00 seconds\n");
}
TEST(TextWriter, TableIsPaddedAndScriptResultsFollowPort) {
  HostReport host = up_host(ports(with_scripts(open_port(22, "ssh"), {{"banner", "SSH-2.0", {}}, {"x", "1\n2", {}}}),
                                  port(7002, PortState::Closed, Reason::ConnRefused, "afs3-prserver"),
                                  port(53, PortState::OpenFiltered, Reason::NoResponse, "", Protocol::Udp)));
  host.scripts = {{"clock", "late", {}}};
  EXPECT_EQ(host_block(std::move(host), {.reason = true}),
            "Nmap scan report for 127.0.0.1\nHost is up, received localhost-response.\n\n"
            "PORT     STATE         SERVICE       REASON\n"
            "22/tcp   open          ssh           syn-ack\n|_banner: SSH-2.0\n| x: 1\n|_2\n"
            "7002/tcp closed        afs3-prserver conn-refused\n"
            "53/udp   open|filtered unknown       no-response\n\n"
            "Host script results:\n|_clock: late\n\n");
}
TEST(TextWriter, VersionColumnExistsIfRequestedAndKnown) {
  Service found;
  found.name = "s\nsh";
  found.product = "Open\nSSH";
  found.version = "9.2";
  const auto list = [&](Service service) {
    return ports(with_service(open_port(22, "ssh"), std::move(service)), open_port(80, "http"));
  };
  EXPECT_EQ(host_block(up_host(list(found)), {.reason = true, .versions = true}),
            "Nmap scan report for 127.0.0.1\nHost is up, received localhost-response.\n\n"
            "PORT   STATE SERVICE REASON  VERSION\n"
            "22/tcp open  s\\x0Ash syn-ack Open\\x0ASSH 9.2\n"
            "80/tcp open  http    syn-ack\n\n");
  constexpr const char* kWithout =
      "Nmap scan report for 127.0.0.1\nHost is up.\n\nPORT   STATE SERVICE\n22/tcp open  s\\x0Ash\n80/tcp open  "
      "http\n\n";
  EXPECT_EQ(host_block(up_host(list(found))), kWithout);
  EXPECT_NE(host_block(up_host(list(found)), {.versions = true})
                .find("\nPORT   STATE SERVICE VERSION\n22/tcp open  s\\x0Ash"),
            std::string::npos)
      << "a column that is not there takes no blank";
  found.product = found.version = "";
  EXPECT_EQ(host_block(up_host(list(found)), {.versions = true}), kWithout);
}
TEST(TextWriter, DetectionAlwaysHasVersionColumnAndMarksAssumedServices) {
  Service soft, excluded;
  soft.name = "soft";
  soft.probed = true;
  soft.confidence = 10;
  EXPECT_EQ(host_block(up_host(ports(open_port(80, "http"), with_service(open_port(81, "x"), soft),
                                     with_service(open_port(82, "y"), excluded), open_port(83),
                                     port(84, PortState::Closed, Reason::ConnRefused, "z"),
                                     port(85, PortState::OpenFiltered, Reason::NoResponse, "u", Protocol::Udp))),
                       {.versions = true, .detection = true}),
            "Nmap scan report for 127.0.0.1\nHost is up.\n\n"
            "PORT   STATE         SERVICE VERSION\n"
            "80/tcp open          http?\n81/tcp open          soft\n82/tcp open          y?\n"
            "83/tcp open          unknown\n84/tcp closed        z\n85/udp open|filtered u\n\n");
}
TEST(TextWriter, FingerprintsPrecedeMacAddressWithDetectionOnly) {
  Service one, two;
  one.fingerprint = "SF-Port1-TCP:" + std::string(70, 'x') + "\x1b;";
  one.hostname = "h";
  two.fingerprint = "SF-Port2;";
  two.tls = true;
  HostReport host = up_host(ports(with_service(open_port(1, "a"), one)));
  host.mac = std::string("\x08\0\x27\1\2\xff", 6);
  const auto report = [&](bool detection) { return host_block(host, {.versions = true, .detection = detection}); };
  const std::string first = "SF-Port1-TCP:" + std::string(61, 'x') + "\nSF:" + std::string(9, 'x') + "\\x1B;\n";
  const std::string rest =
      "MAC Address: 08:00:27:01:02:FF (Unknown)\n"
      "Service Info: Host: h\n\n";
  EXPECT_EQ(report(true),
            "Nmap scan report for 127.0.0.1\nHost is up.\n\nPORT  STATE SERVICE VERSION\n1/tcp open  a?\n"
            "Fingerprint of 1 service that is not recognised for certain:\n" +
                first + rest);
  EXPECT_EQ(report(false),
            "Nmap scan report for 127.0.0.1\nHost is up.\n\nPORT  STATE SERVICE\n1/tcp open  a\n" + rest);
  host.ports.push_back(with_service(open_port(2), two));
  EXPECT_EQ(report(true),
            "Nmap scan report for 127.0.0.1\nHost is up.\n\nPORT  STATE SERVICE     VERSION\n1/tcp open  a?\n"
            "2/tcp open  ssl/unknown\nFingerprints of 2 services that are not recognised for certain:\n" +
                first + "SF-Port2;\n" + rest);
}
TEST(TextWriter, EndNotesDetectionAndUndetectedServices) {
  event::RunFinished run;
  run.hosts_total = 2;
  const auto last_lines = [&](const WriterOptions& options) {
    const std::string text = written(Format::Text, options, run);
    return text.substr(0, text.find(options.file ? "# Nmap done" : "Nmap done"));
  };
  for (const bool file : {false, true}) {
    run.hosts_up = run.unknown_services = 0;
    EXPECT_EQ(last_lines({.detection = true, .file = file}), "");
    run.hosts_up = 1;
    EXPECT_EQ(last_lines({.detection = true, .file = file}), "Service detection performed.\n");
    EXPECT_EQ(last_lines({.file = file}), "");
    run.unknown_services = 1;
    EXPECT_EQ(last_lines({.file = file}),
              "Note: the service of 1 open port is only assumed from its number; -sV detects it.\n");
    run.unknown_services = 2;
    EXPECT_EQ(last_lines({.file = file}),
              "Note: the services of 2 open ports are only assumed from their numbers; -sV detects them.\n");
  }
}
TEST(TextWriter, NotShownLineReplacesBlankLineBeforeTable) {
  std::vector<PortReport> list = ports(open_port(1, "tcpmux"));
  add_ports(list, 100, 30, PortState::Closed, Reason::ConnRefused);
  add_ports(list, 200, 40, PortState::Filtered, Reason::NoResponse);
  add_ports(list, 300, 1, PortState::Filtered, Reason::HostUnreach);
  EXPECT_EQ(host_block(up_host(std::move(list))),
            "Nmap scan report for 127.0.0.1\nHost is up.\n"
            "Not shown: 40 filtered tcp ports (no-response), 1 filtered tcp ports (host-unreach), "
            "30 closed tcp ports (conn-refused)\n"
            "PORT  STATE SERVICE\n1/tcp open  tcpmux\n\n");
}
TEST(TextWriter, HostWithIgnoredStatesOnlyHasNoTable) {
  std::vector<PortReport> list;
  add_ports(list, 1, 100, PortState::Closed, Reason::ConnRefused);
  EXPECT_EQ(host_block(up_host(std::move(list))),
            "Nmap scan report for 127.0.0.1\nHost is up.\n"
            "All 100 scanned ports on 127.0.0.1 are in ignored states.\n"
            "Not shown: 100 closed tcp ports (conn-refused)\n\n");
}
TEST(TextWriter, MacAddressFollowsPortsAndPrecedesScriptResults) {
  HostReport host = up_host();
  host.mac = std::string("\x08\0\x27\1\2\xff", 6);
  EXPECT_EQ(host_block(host, {}),
            "Nmap scan report for 127.0.0.1\nHost is up.\nMAC Address: 08:00:27:01:02:FF (Unknown)\n");
  host.mac_vendor = "Some\nVendor";
  host.ports = ports(open_port(80, "http"));
  host.scripts.push_back({"h", "x", {}});
  EXPECT_EQ(host_block(std::move(host), {}),
            "Nmap scan report for 127.0.0.1\nHost is up.\n\nPORT   STATE SERVICE\n80/tcp open  http\n"
            "MAC Address: 08:00:27:01:02:FF (Some\\x0AVendor)\n\nHost script results:\n|_h: x\n\n");
}
TEST(TextWriter, HeaderHasNamesLatencyAndTime) {
  HostReport host = up_host();
  host.target_name = "www";
  host.reverse_name = "rev\x1b";
  host.other_addresses = {Address::v4(0x7F000002), Address::v4(0x7F000003)};
  host.times = RoundTrip{Microseconds(1479), Microseconds(1), Microseconds(1)};
  host.start = at();
  host.end = at(7);
  host.reason_ttl = 64;
  EXPECT_EQ(host_block(std::move(host), {.verbosity = 2}),
            "Nmap scan report for www (127.0.0.1)\n"
            "Host is up, received localhost-response ttl 64 (0.0015s latency).\n"
            "Other addresses for www (not scanned): 127.0.0.2 127.0.0.3\n"
            "rDNS record for 127.0.0.1: rev\\x1B\n"
            "Scanned at 2026-11-24 04:00:00 UTC for 7s\n");
}
TEST(TextWriter, LatencyHasTwoSignificantDigitsAndNoExponent) {
  const auto latency = [](int microseconds) {
    HostReport host = up_host();
    host.times = RoundTrip{Microseconds(microseconds), Microseconds(1), Microseconds(1)};
    const std::string text = host_block(std::move(host));
    return text.substr(text.find('\n') + 1);
  };
  EXPECT_EQ(latency(91), "Host is up (0.000091s latency).\n");
  EXPECT_EQ(latency(100), "Host is up (0.00010s latency).\n");
  EXPECT_EQ(latency(999'600), "Host is up (1.0s latency).\n");
  EXPECT_EQ(latency(12'300'000), "Host is up (12s latency).\n");
  EXPECT_EQ(latency(0), "Host is up.\n");
}
TEST(TextWriter, TimedOutHostKeepsPortsAndScriptResults) {
  HostReport host = up_host(ports(with_scripts(open_port(80, "http"), {{"http-title", "Home", {}}})));
  host.timed_out = true;
  EXPECT_EQ(host_block(std::move(host)),
            "Nmap scan report for 127.0.0.1\nHost is up.\nSkipping host 127.0.0.1 due to host timeout\n\n"
            "PORT   STATE SERVICE\n80/tcp open  http\n|_http-title: Home\n\n");
}
TEST(TextWriter, IncompleteHostHasLineWithReason) {
  HostReport host = up_host();
  host.incomplete = "stopped before the end";
  EXPECT_EQ(host_block(std::move(host)),
            "Nmap scan report for 127.0.0.1\nHost is up.\nIncomplete: stopped before the end\n");
}
TEST(TextWriter, DownHostIsOneLineWithVerbosity) {
  HostReport host;
  host.address = Address::v4(0x7F000009);
  host.reason = Reason::NoResponse;
  EXPECT_EQ(host_block(std::move(host), {.verbosity = 1}), "Nmap scan report for 127.0.0.9 [host down]\n");
}
TEST(TextWriter, ServiceInfoCollectsHostDataOfAllServices) {
  Service first, second;
  first.tls = true;
  first.hostname = "hn";
  first.ostype = "Linux";
  first.cpe = {"cpe:/a:p:q", "cpe:/o:l:l"};
  second.ostype = "Windows";
  second.devicetype = "router";
  second.cpe = {"cpe:/o:l:l"};
  EXPECT_EQ(host_block(up_host(ports(with_service(open_port(1, "one"), first), with_service(open_port(2), second)))),
            "Nmap scan report for 127.0.0.1\nHost is up.\n\n"
            "PORT  STATE SERVICE\n1/tcp open  ssl/one\n2/tcp open  unknown\n"
            "Service Info: Host: hn; OSs: Linux, Windows; Device: router; CPE: cpe:/o:l:l\n\n");
}
TEST(TextWriter, ServiceInfoIgnoresCaseOfHostNamesOnlyAndOmitsApplications) {
  Service first, second;
  first.hostname = "Name";
  first.ostype = "Linux";
  first.devicetype = "router";
  first.cpe = {"cpe:/a:p:q", "cpe:/h:x", "cpe:/o:l"};
  second.hostname = "nAME";
  second.ostype = "linux";
  second.devicetype = "Router";
  second.cpe = {"cpe:/h:X", "cpe:/o:l"};
  const std::string text =
      host_block(up_host(ports(with_service(open_port(1), first), with_service(open_port(2), second))));
  EXPECT_NE(text.find("\nService Info: Host: Name; OSs: Linux, linux; Devices: router, Router; "
                      "CPE: cpe:/h:x, cpe:/o:l, cpe:/h:X\n"),
            std::string::npos)
      << text;
}
TEST(TextWriter, PhaseHasTitleOnlyWithResults) {
  EXPECT_EQ(written(Format::Text, {}, event::PhaseFinished{true, {{"a", "1", {}}}}, event::PhaseFinished{true, {}},
                    event::PhaseFinished{false, {{"b", "2", {}}}}),
            "Pre-scan script results:\n|_a: 1\nPost-scan script results:\n|_b: 2\n");
}
TEST(TextWriter, TasksAndDiscoveredPortsAreWrittenWithVerbosityOnly) {
  const auto run = [](int verbosity) {
    return written(Format::Text, {.verbosity = verbosity}, event::TaskStarted{"NSE", ""},
                   event::PortDiscovered{Address::v4(0x7F000001), 80, Protocol::Tcp},
                   event::TaskEnded{"NSE", "3 scripts", std::chrono::milliseconds(1230)});
  };
  EXPECT_EQ(run(0), "");
  EXPECT_EQ(run(1),
            "Initiating NSE at 04:00\nDiscovered open port 80/tcp on 127.0.0.1\n"
            "Completed NSE at 04:00, 1.23s elapsed (3 scripts)\n");
}
TEST(TextWriter, FailedScriptIsWrittenWithDebuggingOnly) {
  event::ScriptFinished script;
  script.id = "bad";
  script.place.address = Address::v4(0x7F000001);
  script.place.port = 80;
  script.outcome = event::Outcome::Failed;
  script.message = "bad.nse:3: boom\x1b";
  script.traceback = "stack traceback:\n\tbad.nse:3";
  EXPECT_EQ(written(Format::Text, {}, script), "");
  EXPECT_EQ(written(Format::Text, {.debugging = 1}, script),
            "NSE: bad against 127.0.0.1:80 threw an error!\nbad.nse:3: boom\\x1B\nstack traceback:\n\tbad.nse:3\n");
}
TEST(TextWriter, FailedChildThreadIsWrittenWithDebuggingOnly) {
  event::ChildThreadFailed failed;
  failed.worker.id = "boss";
  failed.worker.outcome = event::Outcome::Failed;
  failed.worker.message = "boom";
  EXPECT_EQ(written(Format::Text, {}, failed), "");
  EXPECT_EQ(written(Format::Text, {.debugging = 1}, failed), "NSE: boss threw an error!\nboom\n");
}
TEST(TextWriter, KilledScriptIsWrittenWithoutVerbosity) {
  event::ScriptFinished script;
  script.id = "loop";
  script.outcome = event::Outcome::Killed;
  script.message = "4 s of CPU without yielding";
  EXPECT_EQ(written(Format::Text, {}, script), "NSE: loop was killed: 4 s of CPU without yielding\n");
}
TEST(TextWriter, LogLinesForStderrAreNotWritten) {
  EXPECT_EQ(written(Format::Text, {}, event::Log{event::LogTo::Output, "NSE: a"}, event::Log{event::LogTo::Error, "b"}),
            "NSE: a\n");
}
TEST(TextWriter, TotalsNoteStoppedRun) {
  EXPECT_EQ(
      written(Format::Text, {}, event::RunFinished{std::chrono::milliseconds(50), 1, 0, 1, 0, false, "out of memory"}),
      "Nmap done: 1 IP address (1 host up) scanned in 0.05 seconds; the run was stopped before its end\n");
}
TEST(TextWriter, DiagnosticsOnlyOmitsReportProgressAndVerboseLines) {
  event::ScriptFinished failed;
  failed.id = "boss";
  failed.outcome = event::Outcome::Failed;
  failed.message = "boom";
  event::ScriptFinished stopped;
  stopped.id = "loop";
  stopped.outcome = event::Outcome::Killed;
  event::TaskProgress progress;
  progress.task = "NSE";
  EXPECT_EQ(
      written(Format::Text, {.verbosity = 3, .debugging = 1, .diagnostics_only = true}, event::RunStarted{},
              event::TaskStarted{"NSE", ""}, event::Log{event::LogTo::Output, "of -v", 1},
              event::Log{event::LogTo::Output, "of -d"}, event::Log{event::LogTo::Error, "of stderr's owner"},
              event::PortDiscovered{*Address::parse("127.0.0.1"), 22, Protocol::Tcp}, progress, event::Stats{}, failed,
              stopped, finished(up_host(ports(open_port(22)))), event::TaskEnded{"NSE", "", {}},
              event::LevelsChanged{2, 1}, event::PhaseFinished{false, {{"post", "found", {}}}}, event::RunFinished{}),
      "of -d\nNSE: boss threw an error!\nboom\nNSE: loop was killed\n");
}
TEST(TextWriter, StatsHaveCountsAndOldestThread) {
  event::Stats stats;
  stats.elapsed = std::chrono::seconds(65);
  stats.hosts_done = 1;
  stats.hosts_up = 1;
  stats.hosts_open = 2;
  stats.threads = 9;
  stats.waiting_for_slot = 5;
  stats.waiting_for_network = 3;
  stats.oldest = "x against 127.0.0.1:80 waits 3.2 s for receive";
  EXPECT_EQ(written(Format::Text, {}, stats),
            "Stats: 0:01:05 elapsed; 1 host completed (1 up), 2 undergoing Script Scan\n"
            "Active NSE Script Threads: 9 (5 waiting for a slot, 3 for the network)\n"
            "Oldest: x against 127.0.0.1:80 waits 3.2 s for receive\n");
}
TEST(TextWriter, ChangedLevelsAreWrittenAndApplyToLaterEvents) {
  const event::TaskStarted task{"NSE", ""};
  EXPECT_EQ(
      written(Format::Text, {.debugging = 2}, task, event::LevelsChanged{1, 1}, task, event::LevelsChanged{0, 1}, task),
      "Verbosity Increased to 1.\nDebugging Decreased to 1.\nInitiating NSE at 04:00\n"
      "Verbosity Decreased to 0.\n");
  EXPECT_EQ(written(Format::Text, {.file = true}, event::LevelsChanged{1, 1}), "");
}
TEST(TextWriter, StatsOmitScriptsIfNoneRuns) {
  event::Stats stats;
  stats.hosts_open = 2;
  EXPECT_EQ(written(Format::Text, {}, stats), "Stats: 0:00:00 elapsed; 0 hosts completed (0 up), 2 undergoing Scan\n");
}
TEST(TextWriter, OnlyHostDownGivesHintUnlessListedOnly) {
  event::RunFinished run;
  run.hosts_total = run.hosts_down = 1;
  EXPECT_TRUE(written(Format::Text, {}, run).starts_with("Note: Host seems down."));
  run.hosts_down = 0;
  HostReport listed;
  listed.listed_only = true;
  EXPECT_EQ(written(Format::Text, {}, finished(std::move(listed)), run),
            "Nmap scan report for 0.0.0.0\nNmap done: 1 IP address (0 hosts up) scanned in 0.00 seconds\n");
}
TEST(TextWriter, UnprobedHostIsUnknownAtEveryVerbosity) {
  for (const int verbosity : {0, 1}) {
    HostReport host;
    host.reason = Reason::NotSent;
    EXPECT_EQ(written(Format::Text, {.verbosity = verbosity, .open_only = true}, finished(std::move(host))),
              "Nmap scan report for 0.0.0.0 [host unknown, not-sent]\n");
  }
}
TEST(TextWriter, UnprobedPortIsUnknownAndCountedSeparately) {
  std::vector<PortReport> list = ports(port(80, PortState::Unknown, Reason::NotSent, "http"));
  add_ports(list, 100, 30, PortState::Filtered, Reason::NoResponse);
  EXPECT_EQ(written(Format::Text, {.reason = true}, finished(up_host(std::move(list)))),
            "Nmap scan report for 127.0.0.1\nHost is up, received localhost-response.\n"
            "Not shown: 30 filtered tcp ports (no-response)\n"
            "PORT   STATE   SERVICE REASON\n80/tcp unknown http    not-sent\n\n");
  std::vector<PortReport> many;
  add_ports(many, 1, 30, PortState::Unknown, Reason::NotSent);
  add_ports(many, 100, 40, PortState::Filtered, Reason::NoResponse);
  EXPECT_EQ(written(Format::Text, {}, finished(up_host(std::move(many)))),
            "Nmap scan report for 127.0.0.1\nHost is up.\n"
            "All 70 scanned ports on 127.0.0.1 are in ignored states.\n"
            "Not shown: 40 filtered tcp ports (no-response), 30 unknown tcp ports (not-sent)\n\n");
}
/// Removes control functions for colours.
std::string without_colours(const std::string& text) {
  return std::regex_replace(text, std::regex("\033\\[[0-9]+m"), "");
}

HostReport colourful_host() {
  HostReport host = up_host(
      ports(with_scripts(open_port(22, "ssh"), {{"banner", "\033[31mred\nERROR: of the target", {}}}),
            port(53, PortState::OpenFiltered, Reason::NoResponse, "", Protocol::Udp),
            port(80, PortState::Closed, Reason::ConnRefused, "http"),
            port(81, PortState::Filtered, Reason::NoResponse, ""), port(82, PortState::Unknown, Reason::NotSent, "")));
  host.scripts = {{"broken", "ERROR: Script execution failed\nsecond line", {}}};
  host.incomplete = "stopped";
  return host;
}

TEST(TextWriter, ColoursMarkStatesFailuresAndHosts) {
  const std::string text = host_block(colourful_host(), {.reason = true, .colour = true});
  for (const char* part : {"\033[1mNmap scan report for 127.0.0.1\033[0m\n", "22/tcp \033[32mopen\033[0m ",
                           "53/udp \033[33mopen|filtered\033[0m unknown", "80/tcp \033[31mclosed\033[0m ",
                           "81/tcp \033[33mfiltered\033[0m ", "82/tcp \033[35munknown\033[0m ",
                           "\033[31m| broken: ERROR: Script execution failed\033[0m\n\033[31m|_second line\033[0m\n",
                           "\033[31mIncomplete: stopped\033[0m\n"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(TextWriter, ColoursChangeNoColumn) {
  for (const bool reason : {false, true})
    EXPECT_EQ(without_colours(host_block(colourful_host(), {.reason = reason, .colour = true})),
              host_block(colourful_host(), {.reason = reason}));
}

TEST(TextWriter, ControlCharactersOfScriptsStayEscapedInColour) {
  const std::string text = host_block(colourful_host(), {.colour = true});
  EXPECT_NE(text.find("| banner: \\x1B[31mred\n|_ERROR: of the target\n"), std::string::npos) << text;
}

TEST(TextWriter, FileHasNoColours) {
  EXPECT_EQ(host_block(colourful_host(), {.file = true, .colour = true}), host_block(colourful_host(), {.file = true}));
}

TEST(TextWriter, NoOutputFollowsRunFinished) {
  const std::string once = written(Format::Text, {}, event::RunFinished{});
  EXPECT_EQ(written(Format::Text, {}, event::RunFinished{}, event::RunFinished{}, event::Stats{}), once);
}

}  // namespace
}  // namespace sluice::output
