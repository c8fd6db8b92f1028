// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>

#include "base/text_file.hpp"
#include "model/data_files.hpp"
#include "service/matcher.hpp"
#include "support/pattern_sampler.hpp"

// Tests the installed nmap-service-probes, or the file that SLUICE_SERVICE_PROBES names. Expected counts come from the
// file itself.

namespace sluice::service {
namespace {

class InstalledProbeFile : public testing::Test {
 protected:
  void SetUp() override {
    const char* named = std::getenv("SLUICE_SERVICE_PROBES");
    const auto path = named ? std::optional<std::string>(named)
                            : model::DataFiles(model::process_data_places(true)).find_file("nmap-service-probes");
    if (!path) GTEST_SKIP() << "no nmap-service-probes installed";
    auto parsed = ProbeFile::read(*path);
    ASSERT_TRUE(parsed) << parsed.error().message;
    file = std::make_unique<ProbeFile>(std::move(*parsed));
  }

  std::unique_ptr<ProbeFile> file;
};

TEST_F(InstalledProbeFile, AllMatchLinesAreReadAndCompile) {
  std::ifstream stream(file->path());
  std::size_t expected = 0, probes = 0;
  for (std::string line; std::getline(stream, line);) {
    expected += line.starts_with("match ") || line.starts_with("softmatch ") ? 1 : 0;
    probes += line.starts_with("Probe ") ? 1 : 0;
  }
  std::size_t lines = 0;
  for (const Probe& probe : file->probes()) lines += probe.lines.size();
  EXPECT_EQ(lines, expected);
  EXPECT_EQ(file->probes().size(), probes);
  EXPECT_GT(lines, 0u);
  const auto checked = check_patterns(*file);
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST_F(InstalledProbeFile, GreetingServicesAreServerFirst) {
  for (const char* service : {"ssh", "ftp", "smtp", "pop3", "imap", "telnet", "mysql"})
    EXPECT_TRUE(file->server_first(service)) << service;
  for (const char* service : {"http", "http-proxy", "ssl", "sip"}) EXPECT_FALSE(file->server_first(service)) << service;
}

/// Samples texts from the pattern of each line. The prefilter must not exclude the line if the pattern matches.
TEST_F(InstalledProbeFile, PrefilterKeepsMatchingLines) {
  MatchContext context;
  Captures captures;
  std::size_t matched = 0, lines = 0;
  for (const Probe& probe : file->probes()) {
    const Prefilter filter(probe.lines);
    for (std::size_t index = 0; index < probe.lines.size(); ++index) {
      const MatchLine& line = probe.lines[index];
      auto pattern = Pattern::compile(line.pattern, line.ignore_case, line.dot_all);
      ASSERT_TRUE(pattern);
      ++lines;
      for (unsigned seed = 0; seed < 3; ++seed) {
        const std::string subject = test::PatternSampler(line.number * 8 + seed).sample(line.pattern);
        if (pattern->match(subject, context, captures) != MatchOutcome::Match) continue;
        matched += seed == 0 ? 1 : 0;
        Prefilter::Hits hits;
        filter.update(hits, subject);
        EXPECT_TRUE(hits.any_of([&](std::size_t candidate) { return candidate == index; })) << file->place(line.number);
      }
    }
  }
  EXPECT_GT(matched, lines * 9 / 10);
}

/// Uses texts sampled from patterns, changed texts and random bytes. The matcher must find the line that running all
/// patterns in order finds.
TEST_F(InstalledProbeFile, FilteredAndUnfilteredMatchingFindTheSameLine) {
  const char* more = std::getenv("SLUICE_SAMPLES");
  const int samples = more ? std::atoi(more) : 150;
  Matcher matcher(*file);
  MatchContext context;
  Captures captures;
  std::mt19937 random(15);
  int hits = 0;
  for (const Probe& probe : file->probes()) {
    if (probe.lines.empty()) continue;
    std::vector<Pattern> patterns;
    for (const MatchLine& line : probe.lines)
      patterns.push_back(std::move(*Pattern::compile(line.pattern, line.ignore_case, line.dot_all)));
    const int share = std::max(2, static_cast<int>(samples * probe.lines.size() / 1000));
    for (int i = 0; i < share; ++i) {
      std::string subject(random() % 300, '\0');
      for (char& c : subject) c = static_cast<char>(random() & 0xff);
      if (i % 8 != 0)
        subject = test::PatternSampler(random()).sample(probe.lines[random() % probe.lines.size()].pattern);
      if (i % 4 == 1 && !subject.empty()) subject[random() % subject.size()] = static_cast<char>(random() & 0xff);
      if (i % 4 == 2) subject.resize(random() % (subject.size() + 1));
      if (subject.empty()) continue;
      const MatchLine* expected = nullptr;
      for (std::size_t index = 0; index < patterns.size() && !expected; ++index)
        if (patterns[index].match(subject, context, captures) == MatchOutcome::Match) expected = &probe.lines[index];
      const auto hit = matcher.respond(probe).match(subject);
      const MatchLine* const found = hit && hit->probe == &probe ? hit->line : nullptr;
      EXPECT_EQ(found, expected) << probe.name << ": filtered " << (found ? found->number : 0) << ", unfiltered "
                                 << (expected ? expected->number : 0);
      hits += found ? 1 : 0;
    }
  }
  EXPECT_GT(hits, samples);
}

TEST_F(InstalledProbeFile, UdpProbesArePayloadsOfListedPorts) {
  const auto payloads = udp_payloads(*file);
  for (const Probe& probe : file->probes()) {
    if (probe.protocol != Protocol::Udp || probe.no_payload || probe.ports.ranges().empty()) continue;
    const auto& of_port = payloads.of(probe.ports.ranges().front().first);
    EXPECT_NE(std::find(of_port.begin(), of_port.end(), probe.payload), of_port.end()) << probe.name;
  }
}

}  // namespace
}  // namespace sluice::service
