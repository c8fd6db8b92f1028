// SPDX-License-Identifier: Apache-2.0
#include "service/prefilter.hpp"

#include <gtest/gtest.h>

namespace sluice::service {
namespace {

/// A Prefilter over `patterns`. Returns the candidates as indices of patterns.
class Candidates {
 public:
  explicit Candidates(const std::vector<std::string>& patterns) {
    std::string text = "Probe TCP NULL q||\n";
    for (const std::string& pattern : patterns) text += "match a m\x01" + pattern + "\x01\n";
    file_ = std::make_unique<ProbeFile>(std::move(*ProbeFile::parse(text, "db")));
    filter_ = std::make_unique<Prefilter>(file_->probes()[0].lines);
  }
  std::vector<std::size_t> of(std::string_view response) {
    Prefilter::Hits hits;
    return update(hits, response);
  }
  std::vector<std::size_t> update(Prefilter::Hits& hits, std::string_view response) {
    filter_->update(hits, response);
    std::vector<std::size_t> found;
    hits.any_of([&](std::size_t line) {
      found.push_back(line);
      return false;
    });
    return found;
  }
  const Prefilter& filter() { return *filter_; }

 private:
  std::unique_ptr<ProbeFile> file_;
  std::unique_ptr<Prefilter> filter_;
};
using Lines = std::vector<std::size_t>;

TEST(Prefilter, LinesWithMissingLiteralAreExcluded) {
  Candidates candidates({"^SSH-2", "^220 .*ProFTPD", "^HTTP/1\\.1 200"});
  EXPECT_EQ(candidates.of("SSH-2.0"), Lines{0});
  EXPECT_EQ(candidates.of("220 x ProFTPD"), Lines{1});
  EXPECT_EQ(candidates.of("xx"), Lines{});
  EXPECT_EQ(candidates.of(""), Lines{});
}

TEST(Prefilter, LinesWithoutALiteralOfFourBytesAreAlwaysCandidates) {
  Candidates candidates({"^abc", "^abcd", "a|b", "(?i)abcd", "[ab]"});
  EXPECT_EQ(candidates.filter().always_candidates(), 4u);
  EXPECT_EQ(candidates.of("zz"), (Lines{0, 2, 3, 4}));
  EXPECT_EQ(candidates.of("zzabcd"), (Lines{0, 1, 2, 3, 4}));
}

TEST(Prefilter, LiteralsSplitAcrossReadsAreFound) {
  Candidates candidates({"Server: nginx", "x.*longest literal of all of them", "ngin"});
  const std::string response = "HTTP Server: nginx and longest literal of all of them.";
  const Lines all = candidates.of(response);
  EXPECT_EQ(all, (Lines{0, 1, 2}));
  for (std::size_t first = 0; first <= response.size(); ++first)
    for (std::size_t second = first; second <= response.size(); second += 7) {
      Prefilter::Hits hits;
      candidates.update(hits, std::string_view(response).substr(0, first));
      candidates.update(hits, std::string_view(response).substr(0, second));
      EXPECT_EQ(candidates.update(hits, response), all) << first << " " << second;
    }
}

TEST(Prefilter, CandidatesAreInFileOrder) {
  std::vector<std::string> patterns;
  for (int i = 0; i < 200; ++i) patterns.push_back("word" + std::to_string(199 - i) + "$");
  Candidates candidates(patterns);
  EXPECT_EQ(candidates.of("word100 word0 word199 word70"), (Lines{0, 99, 129, 180, 189, 192, 198, 199}));
}

}  // namespace
}  // namespace sluice::service
