// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "engine_fixture.hpp"

namespace sluice::engine {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// Runs with -sV and a file of service probes that the test writes.
struct VersionDetection : EngineTest {
  VersionDetection() {
    options.versions = true;
    options.privileged = false;
    write("nmap-service-probes",
          "Exclude T:1\n"
          "Probe TCP NULL q||\n"
          "totalwaitms 400\n"
          "match hello m|^hello (\\w+)| p/Hello/ v/$1/ cpe:/a:x:hello:$1/\n"
          "softmatch soft m|^soft|\n");
  }
  const PortReport& port() {
    report = host();
    return report->ports.at(0);
  }
  const Service& service() {
    const PortReport& of = port();
    if (of.detail && of.detail->service) return *of.detail->service;
    ADD_FAILURE() << "no service is known";
    static const Service kNone;
    return kNone;
  }
  void scan(const Greeter& greeter) {
    EngineTest::scan(greeter);
    EXPECT_EQ(run(), Engine::End::Finished);
  }
  std::shared_ptr<const HostReport> report;
};

TEST_F(VersionDetection, MatchedServiceIsInReportAndEvent) {
  const Greeter greeter("hello 1\n");
  scan(greeter);
  EXPECT_EQ(service().name, "hello");
  EXPECT_EQ(service().product, "Hello");
  EXPECT_EQ(service().version, "1");
  EXPECT_EQ(service().confidence, 10);
  EXPECT_TRUE(service().probed);
  EXPECT_EQ(service().cpe, std::vector<std::string>{"cpe:/a:x:hello:1"});
  const auto told = recorder.one<event::ServiceDetected>();
  EXPECT_EQ(told.number, greeter.port());
  EXPECT_EQ(told.service.product, "Hello");
  EXPECT_EQ(told.probe, "NULL");
  EXPECT_EQ(told.line, 4u);
  EXPECT_EQ(told.attempts, 1u);
}

TEST_F(VersionDetection, UnknownServiceHasFingerprintAndTableConfidence) {
  const Greeter greeter("gibberish");
  scan(greeter);
  EXPECT_THAT(service().fingerprint, HasSubstr("%r(NULL,9,\"gibberish\")"));
  EXPECT_FALSE(service().probed);
  EXPECT_EQ(service().confidence, 3);
}

TEST_F(VersionDetection, SoftMatchHasFingerprintAndFullConfidence) {
  const Greeter greeter("soft\n");
  scan(greeter);
  EXPECT_EQ(service().name, "soft");
  EXPECT_EQ(service().confidence, 10);
  EXPECT_THAT(service().fingerprint, HasSubstr("%r(NULL,5,\"soft\\n\")"));
}

TEST_F(VersionDetection, ExcludedPortIsProbedOnlyWithAllPorts) {
  const Greeter greeter("hello 1\n");
  write("nmap-service-probes",
        "Exclude T:" + std::to_string(greeter.port()) + "\nProbe TCP NULL q||\nmatch hello m|^hello|\n");
  scan(greeter);
  EXPECT_LE(greeter.visits(), 1u) << "at most the port scan's, which the server may not have counted yet";
  EXPECT_FALSE(port().detail && port().detail->service);
  EXPECT_TRUE(recorder.all<event::ServiceDetected>().empty());
  recorder.events.clear();
  engine.reset();
  options.all_ports = true;
  scan(greeter);
  EXPECT_EQ(service().name, "hello");
}

TEST_F(VersionDetection, InvalidPatternIsRefusedWithLineNumber) {
  write("nmap-service-probes", "Probe TCP NULL q||\nmatch a m|(|\n");
  const auto made = Engine::create(options, recorder);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("nmap-service-probes:2: the pattern does not compile"));
}

TEST_F(VersionDetection, MissingVersionFileIsNamed) {
  options.version_file = (directory / "missing").string();
  const auto made = Engine::create(options, recorder);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, testing::MatchesRegex("--versiondb: cannot read '.*missing'"));
}

TEST_F(VersionDetection, ScriptReadsDetectedServiceAndVersion) {
  const Greeter greeter("hello 1\n");
  script("sees",
         "portrule = function(host, port) return port.version.product == 'Hello' end\n"
         "action = function(host, port) local v = port.version\n"
         "return table.concat({port.service, v.name, v.version, v.name_confidence, v.service_dtype, v.cpe[1],\n"
         "nmap.version_intensity(), tostring(nmap.port_is_excluded(1, 'tcp'))}, ' ') end");
  scan(greeter);
  ASSERT_EQ(port().detail->scripts.size(), 1u);
  EXPECT_EQ(port().detail->scripts[0].output, "hello hello 1 10.0 probed cpe:/a:x:hello:1 9 true");
}

TEST_F(VersionDetection, HostTimeoutEndsDetectionAndIsReported) {
  const Greeter greeter("gibberish");
  write("nmap-service-probes", "Probe TCP NULL q||\ntotalwaitms 60000\nmatch hello m|^hello|\n");
  options.host_timeout = std::chrono::milliseconds(300);
  scan(greeter);
  EXPECT_TRUE(port().state == PortState::Open);
  EXPECT_TRUE(report->timed_out);
  EXPECT_THAT(report->incomplete, HasSubstr("host timeout"));
}

TEST_F(VersionDetection, OpenPortWithoutDetectionOrScriptIsCountedAsUnknown) {
  const Greeter greeter("hello 1\n");
  options.versions = false;
  script("never", "portrule = function() return false end action = function() end");
  scan(greeter);
  EXPECT_EQ(recorder.one<event::RunFinished>().unknown_services, 1u);
}

TEST_F(VersionDetection, PortWithScriptIsNotCountedAsUnknown) {
  const Greeter greeter("hello 1\n");
  options.versions = false;
  script("always", "portrule = function() return true end action = function() end");
  scan(greeter);
  EXPECT_EQ(recorder.one<event::RunFinished>().unknown_services, 0u);
}

}  // namespace
}  // namespace sluice::engine
