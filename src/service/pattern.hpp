#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <sluice/result.hpp>
#include <string_view>

// Hides PCRE2 from the rest of the floor. Patterns and subjects are bytes, never UTF-8.

namespace sluice::service {

/// The groups of a match, 0 for the whole. Views into the subject; nothing for a group that took no part.
using Captures = std::array<std::optional<std::string_view>, 10>;

/// LimitExceeded: the search needed more than MatchLimits and was ended.
enum class MatchOutcome : std::uint8_t { NoMatch, Match, LimitExceeded };

/// Bounds for one match, so that no response holds up the event loop.
struct MatchLimits {
  std::uint32_t steps = 1'000'000;  ///< of PCRE2's match limit; measured: at most 25 ms (two-core VM, 2026-11-30)
  std::uint32_t depth = 100'000;    ///< nested backtracking points
  std::uint32_t heap_kib = 8192;    ///< memory for these points
};

/// Limits and scratch memory of matches, shared by many patterns. Owned by the Matcher. Not thread-safe.
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
  /// `dot_all`: the dot matches line feeds, too. Errors: "at offset N of the pattern: CAUSE".
  static Result<Pattern> compile(std::string_view text, bool ignore_case, bool dot_all);

  /// Searches the subject and, on Match, sets the captures. The pattern is compiled to machine code first if it has
  /// been used kUsesBeforeJit times or the subject has more than kSubjectForJit bytes, and if PCRE2 can.
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
