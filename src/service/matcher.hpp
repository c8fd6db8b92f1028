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

/// A line that matched a response.
struct Hit {
  const Probe* probe = nullptr;     ///< whose line it is; with a fallback not the one that was sent
  const MatchLine* line = nullptr;  ///< points into the ProbeFile
  std::string service;              ///< "http", also for a `match ssl/http`
  bool tls = false;                 ///< `match ssl/...`: the response shows TLS, and no new connection is needed
  Fields fields;
};

/// Matches responses against the lines of a ProbeFile. Patterns are compiled, and prefilters built, when they are first
/// needed. Owned by a shard; not thread-safe. The ProbeFile must outlive it.
class Matcher {
 public:
  /// `warn` receives lines without a line feed, each begins with PATH:LINE. Warnings of one line are given once.
  using Warn = std::function<void(const std::string&)>;
  explicit Matcher(const ProbeFile& file, Warn warn = {}, const MatchLimits& limits = {});

  /// Where a response is matched, in this order: the probe's own lines, those of its fallbacks, and those of NULL for
  /// TCP. The fallbacks of NULL and of fallbacks do not count.
  [[nodiscard]] std::vector<const Probe*> groups_of(const Probe& probe) const;

  /// Matching of one response that grows by each read. Movable.
  class Response {
   public:
    /// Returns the first line that matches `buffer`, all that was received so far: in the order of groups_of, and of
    /// the file within a group. A soft line hides the hard lines behind it.
    ///
    /// Time: each call scans only the new bytes for literals, and runs those patterns whose literal is present over the
    /// whole buffer. The first kMatchedReads calls do that each time. Later calls do it only if the buffer has grown by
    /// an eighth, so that bytes that arrive one by one cost at most (kMatchedReads + log(size)) passes; the others
    /// return nothing. finish() does what was left out.
    std::optional<Hit> match(std::string_view buffer);
    /// The same at the end of the response: matches if the last call of match did not. Nothing if it did.
    std::optional<Hit> finish(std::string_view buffer);

    static constexpr unsigned kMatchedReads = 64;

   private:
    friend class Matcher;
    Response(Matcher& matcher, const Probe& probe);
    std::optional<Hit> run(std::string_view buffer);

    Matcher* matcher_;
    std::vector<const Probe*> groups_;
    std::vector<Prefilter::Hits> hits_;  // of each group
    unsigned reads_ = 0;
    std::size_t matched_size_ = 0;
  };
  /// Starts a response to `probe`. The Matcher must outlive it.
  Response respond(const Probe& probe) { return {*this, probe}; }

  /// Counters for tests and statistics.
  [[nodiscard]] std::size_t compiled_patterns() const noexcept { return compiled_; }
  [[nodiscard]] std::size_t pattern_runs() const noexcept { return runs_; }

 private:
  /// What was built for a probe.
  struct Built {
    explicit Built(const Probe& probe) : prefilter(probe.lines), patterns(probe.lines.size()) {}
    Prefilter prefilter;
    std::vector<std::unique_ptr<Pattern>> patterns;  // of each line; nothing before its first use
    std::vector<bool> failed;  // lines that have been warned of and, if they do not compile, are passed over
  };

  Built& built(const Probe& probe);
  /// Sets the captures if the line matches.
  MatchOutcome run_line(const Probe& probe, std::size_t index, std::string_view subject, Captures& captures);
  Hit make_hit(const Probe& probe, std::size_t index, const Captures& captures);
  void warn_once(const Probe& probe, std::size_t index, const std::string& cause);

  const ProbeFile& file_;
  Warn warn_;
  MatchContext context_;
  std::vector<std::unique_ptr<Built>> built_;  // of each probe; nothing before its first use
  std::size_t compiled_ = 0, runs_ = 0;
};

/// Compiles every pattern of the file and drops the result: a run must refuse a pattern that does not compile before it
/// sends anything. Call it for each file whose path came from --versiondb, --datadir, $NMAPDIR or a home directory. The
/// file of the installed data directory (model::DataPlaces::installed) needs no check at each start: it is the
/// distribution's, every nmap run compiles it, and a test compiles all its lines. Checking the installed file takes 50
/// to 230 ms of CPU, more than the rest of a short run. Any pattern that is not checked and does not compile is passed
/// over with a warning (Matcher). Errors: "PATH:LINE: the pattern does not compile: CAUSE".
Result<void> check_patterns(const ProbeFile& file);

}  // namespace sluice::service
