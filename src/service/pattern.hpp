// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <sluice/result.hpp>
#include <string_view>

// Wrapper of PCRE2, which other files do not see. Patterns and subjects are bytes, not UTF-8.

namespace sluice::service {

/// Groups of a match as views into the subject; index 0 is the whole match. Empty for a group that took no part in it.
using Captures = std::array<std::optional<std::string_view>, 10>;

/// LimitExceeded: the search exceeded MatchLimits and was ended.
enum class MatchOutcome : std::uint8_t { NoMatch, Match, LimitExceeded };

/// Limits of one search, so that no response blocks the event loop.
struct MatchLimits {
  std::uint32_t steps = 1'000'000;  ///< match limit of PCRE2; takes at most 25 ms (two-core VM, 2026-11-30)
  std::uint32_t depth = 100'000;    ///< nested backtracking points
  std::uint32_t heap_kib = 8192;    ///< memory for backtracking points, in KiB
};

/// Limits and scratch memory of searches, shared by patterns. Owned by the Matcher. Not thread-safe.
class MatchContext {
 public:
  explicit MatchContext(const MatchLimits& limits = {});
  ~MatchContext();
  MatchContext(const MatchContext&) = delete;
  MatchContext& operator=(const MatchContext&) = delete;

 private:
  friend class Pattern;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A compiled pattern of a match line. Movable. Not thread-safe.
class Pattern {
 public:
  /// `dot_all`: the dot also matches line feeds. Errors: "at offset N of the pattern: CAUSE".
  static Result<Pattern> compile(std::string_view text, bool ignore_case, bool dot_all);

  /// Searches `subject`. On Match, sets `captures`. Before the search compiles the pattern to machine code, if PCRE2
  /// can, when it has been used kUsesBeforeJit times or when the subject has more than kSubjectForJit bytes.
  MatchOutcome match(std::string_view subject, MatchContext& context, Captures& captures);

  [[nodiscard]] bool has_machine_code() const noexcept { return jit_ == Jit::Compiled; }

  static constexpr unsigned kUsesBeforeJit = 32;
  static constexpr std::size_t kSubjectForJit = 4096;

 private:
  enum class Jit : std::uint8_t { NotTried, Compiled, Unavailable };
  struct FreeCode {
    void operator()(void* code) const noexcept;
  };

  explicit Pattern(void* code) : code_(code) {}

  std::unique_ptr<void, FreeCode> code_;
  unsigned uses_ = 0;
  Jit jit_ = Jit::NotTried;
};

}  // namespace sluice::service
