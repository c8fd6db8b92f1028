// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "arguments/parsed.hpp"

namespace sluice::arguments {
namespace {

using namespace std::chrono_literals;

TEST(ParseCommandLine, VersionDetectionCombinesWithOtherScanTypes) {
  EXPECT_FALSE(options({"a"}).versions);
  for (const char* const joined : {"-sCV", "-sVC"}) {
    const Options parsed = options({joined, "a"});
    EXPECT_TRUE(parsed.versions && parsed.scripts && parsed.tcp_scan && !parsed.udp_scan) << joined;
    EXPECT_EQ(parsed.script_rules, std::vector<std::string>{"default"});
  }
  const Options alone = options({"-sV", "a"});
  EXPECT_TRUE(alone.versions && alone.tcp_scan && alone.port_scan && !alone.udp_scan && !alone.scripts);
  const Options udp = options({"-sVU", "a"});
  EXPECT_TRUE(udp.versions && udp.udp_scan && !udp.tcp_scan);
  const CommandLine syn = command({"-sSV", "a"});
  EXPECT_TRUE(syn.options.versions && syn.options.tcp_scan);
  EXPECT_EQ(syn.warnings.size(), 1u);
}

TEST(ParseCommandLine, AggressiveEnablesVersionsAndScriptsWithOneWarning) {
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{{}, {"-O", "--traceroute"}}) {
    std::vector<std::string> arguments{"-A", "a"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandLine parsed = command(arguments);
    EXPECT_TRUE(parsed.options.versions && parsed.options.scripts);
    EXPECT_EQ(parsed.options.script_rules, std::vector<std::string>{"default"});
    EXPECT_EQ(parsed.warnings, std::vector<std::string>{"-A: the report lacks operating systems and routes; sluice "
                                                        "runs -sV and -sC"});
  }
  EXPECT_TRUE(options({"-T4", "-A", "-v", "a"}).versions);
}

TEST(ParseCommandLine, LastVersionIntensityTakesEffect) {
  EXPECT_EQ(options({"-sV", "a"}).version_intensity, 7);
  EXPECT_EQ(options({"-sV", "--version-intensity", "0", "a"}).version_intensity, 0);
  EXPECT_EQ(options({"-sV", "--version-intensity=9", "a"}).version_intensity, 9);
  EXPECT_EQ(options({"-sV", "--version-all", "--version-light", "a"}).version_intensity, 2);
  EXPECT_EQ(options({"-sV", "--version-light", "--version-all", "a"}).version_intensity, 9);
  EXPECT_EQ(options({"-sV", "--version-all", "--version-intensity", "3", "a"}).version_intensity, 3);
  EXPECT_EQ(error({"-sV", "--version-intensity", "x", "a"}), "--version-intensity: \"x\" is not a whole number");
}

TEST(ParseCommandLine, VersionPatienceIsExactOrTime) {
  const Options none = options({"-sV", "a"});
  EXPECT_FALSE(none.version_exact || none.version_patience);
  const Options exact = options({"-sV", "--version-patience", "1s", "--version-patience", "exact", "a"});
  EXPECT_TRUE(exact.version_exact && !exact.version_patience);
  const Options timed = options({"-sV", "--version-patience", "exact", "--version-patience", "0", "a"});
  EXPECT_FALSE(timed.version_exact);
  EXPECT_EQ(timed.version_patience, 0ms);
  EXPECT_EQ(options({"-sV", "--version-patience", "250ms", "a"}).version_patience, 250ms);
  EXPECT_EQ(error({"-sV", "--version-patience", "soon", "a"}),
            "--version-patience: \"soon\" is not a time such as 30, 1.5s, 100ms, 5m or 2h, or exact");
}

TEST(ParseCommandLine, VersionConnectionsOptionIsParsed) {
  EXPECT_FALSE(options({"-sV", "a"}).version_connections);
  EXPECT_EQ(options({"-sV", "--version-connections", "64", "a"}).version_connections, 64u);
  EXPECT_EQ(error({"-sV", "--version-connections", "x", "a"}), "--version-connections: \"x\" is not a whole number");
}

TEST(ParseCommandLine, VersionTraceRaisesDebuggingButNotVerbosity) {
  const Options traced = options({"-sV", "--version-trace", "a"});
  EXPECT_TRUE(traced.version_trace);
  EXPECT_FALSE(traced.packet_trace || traced.script_trace);
  EXPECT_EQ(traced.debugging, 1);
  EXPECT_EQ(traced.verbosity, 0);
  EXPECT_EQ(options({"-sV", "-d", "--version-trace", "a"}).debugging, 2);
  EXPECT_EQ(options({"-sV", "-d10", "--version-trace", "a"}).debugging, 10);
}

TEST(ParseCommandLine, VersionFileAndAllPortsOptionsAreParsed) {
  const Options parsed = options({"-sV", "--versiondb", "probes", "--allports", "a"});
  EXPECT_EQ(parsed.version_file, "probes");
  EXPECT_TRUE(parsed.all_ports);
}

TEST(ParseCommandLine, VersionOptionWithoutVersionDetectionCausesWarning) {
  for (const std::vector<std::string>& option : std::vector<std::vector<std::string>>{{"--version-light"},
                                                                                      {"--version-all"},
                                                                                      {"--version-intensity", "7"},
                                                                                      {"--version-trace"},
                                                                                      {"--version-patience", "1"},
                                                                                      {"--version-connections", "2"},
                                                                                      {"--versiondb", "f"},
                                                                                      {"--allports"}}) {
    std::vector<std::string> arguments = option;
    arguments.emplace_back("a");
    EXPECT_EQ(command(arguments).warnings,
              std::vector<std::string>{option[0] + ": has no effect without version detection; add -sV"});
    arguments.emplace_back("-sV");
    EXPECT_TRUE(command(arguments).warnings.empty()) << option[0];
  }
  EXPECT_TRUE(command({"-V"}).warnings.empty());
  EXPECT_TRUE(command({"--version-light", "-sC", "a"}).warnings.empty()) << "scripts ask for the intensity";
  EXPECT_EQ(command({"--allports", "-sC", "a"}).warnings.size(), 1u);
}

TEST(ParseCommandLine, VersionDetectionWithoutPortScanCausesWarning) {
  EXPECT_EQ(command({"-sn", "-sV", "a"}).warnings,
            std::vector<std::string>{"-sV: is ignored, because -sn scans no ports"});
  EXPECT_EQ(command({"-sL", "-sV", "a"}).warnings,
            std::vector<std::string>{"-sV: is ignored, because -sL scans no ports"});
}

TEST(ParseCommandLine, VersionDetectionIsAllowedWithTargetsFrom) {
  const CommandLine parsed = command({"--targets-from", "f", "-sV"});
  EXPECT_TRUE(parsed.options.versions);
  EXPECT_TRUE(parsed.warnings.empty());
  EXPECT_TRUE(options({"--targets-from", "f", "-A"}).versions);
}

}  // namespace
}  // namespace sluice::arguments
