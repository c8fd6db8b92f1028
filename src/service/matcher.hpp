// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "service/pattern.hpp"
#include "service/prefilter.hpp"
#include "service/probe_file.hpp"
#include "service/template.hpp"

namespace sluice::service {

/// A match line that matched a response.
struct Hit {
  const Probe* probe = nullptr;     ///< probe of the line; with a fallback not the probe that was sent
  const MatchLine* line = nullptr;  ///< in the ProbeFile
  std::string service;              ///< for `match ssl/http`: "http"
  bool tls = false;                 ///< true for `match ssl/...`: the service uses TLS, and no new connection is needed
  Fields fields;
};

/// Matches responses against the lines of a ProbeFile. Compiles patterns, and builds prefilters, at their first use.
/// The ProbeFile must outlive it. Owned by the shard. Not thread-safe.
class Matcher {
 public:
  /// Receives warnings: "PATH:LINE: CAUSE" without a line feed, once per line of the file.
  using Warn = std::function<void(const std::string&)>;
  explicit Matcher(const ProbeFile& file, Warn warn = {}, const MatchLimits& limits = {});

  /// Returns the probes whose lines are tried for a response to `probe`, in their order: `probe`, its fallbacks, and
  /// NULL for TCP. Fallbacks of fallbacks and of NULL are not included.
  [[nodiscard]] std::vector<const Probe*> groups_of(const Probe& probe) const;

  /// Matches one response while it grows. Must not outlive the Matcher. Movable.
  class Response {
   public:
    /// Returns the first line that matches `buffer`, which is the whole response so far. The order is that of
    /// groups_of(), and of the file within a group. A soft line hides the hard lines after it.
    ///
    /// Time: each call searches the new bytes for literals, and runs the patterns whose literal was found over the
    /// whole buffer. The first kMatchedReads calls always do so. Later calls return nothing, unless the buffer has
    /// grown by an eighth since the last search. So bytes that arrive one by one cause at most kMatchedReads +
    /// log(size) searches.
    std::optional<Hit> match(std::string_view buffer);
    /// Searches at the end of the response, if the last call of match() did not. Otherwise returns nothing.
    std::optional<Hit> finish(std::string_view buffer);

    static constexpr unsigned kMatchedReads = 64;

   private:
    friend class Matcher;
    Response(Matcher& matcher, const Probe& probe);
    std::optional<Hit> run(std::string_view buffer);

    Matcher* matcher_;
    std::vector<const Probe*> groups_;
    std::vector<Prefilter::Hits> hits_;  // per group
    unsigned reads_ = 0;
    std::size_t matched_size_ = 0;
  };
  /// Starts to match a response to `probe`.
  Response respond(const Probe& probe) { return {*this, probe}; }

  /// Counters for tests.
  [[nodiscard]] std::size_t compiled_patterns() const noexcept { return compiled_; }
  [[nodiscard]] std::size_t pattern_runs() const noexcept { return runs_; }

 private:
  /// What was built for a probe.
  struct Built {
    explicit Built(const Probe& probe) : prefilter(probe.lines), patterns(probe.lines.size()) {}
    Prefilter prefilter;
    std::vector<std::unique_ptr<Pattern>> patterns;  // per line; null before its first use
    std::vector<bool> failed;  // per line: a warning was given; if the pattern does not compile, the line is skipped
  };

  Built& built(const Probe& probe);
  /// Runs the pattern of a line. Sets `captures` on a match.
  MatchOutcome run_line(const Probe& probe, std::size_t index, std::string_view subject, Captures& captures);
  Hit make_hit(const Probe& probe, std::size_t index, const Captures& captures);
  void warn_once(const Probe& probe, std::size_t index, const std::string& cause);

  const ProbeFile& file_;
  Warn warn_;
  MatchContext context_;
  std::vector<std::unique_ptr<Built>> built_;  // per probe; null before its first use
  std::size_t compiled_ = 0, runs_ = 0;
};

/// Compiles all patterns of the file, so that a run can be refused before it sends anything. To be called for each file
/// that is not in the installed data directory (model::DataPlaces::installed). The installed file is the
/// distribution's, and a test compiles it. It is not checked at each start, to save the CPU time; the Matcher skips
/// lines whose patterns do not compile, with a warning.
/// Errors: "PATH:LINE: the pattern does not compile: CAUSE".
Result<void> check_patterns(const ProbeFile& file);

}  // namespace sluice::service
