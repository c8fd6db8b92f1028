// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sluice/writer.hpp>
#include <string_view>

// How the report of a run is recognised in a file that other runs have appended to.

namespace sluice::cli {

/// Returns the bytes with which each report in this format begins, also in a file of nmap.
std::string_view report_begin(Format format) noexcept;

/// Returns the part of the beginning of a report that identifies its run: the time, and, except in NDJSON, the command
/// line. Versions of sluice and options that change with --resume do not change it. `opening`: the first bytes that the
/// writer emits. Returns "" if they are not the beginning of a report.
std::string_view run_identity(Format format, std::string_view opening) noexcept;

/// Determines if lines can belong to an interrupted run that has begun before them: each has the form of a line of the
/// writer of this format, no report begins in them, and they do not have the end of a run that was not interrupted.
/// Text that a script logs to stderr has no such form. Not thread-safe.
class ReportLines {
 public:
  explicit ReportLines(Format format) noexcept : format_(format) {}
  /// Adds the next line, without its line feed. `complete`: false for a last line without a line feed. Returns false if
  /// the line, or the one before it, cannot belong to the run.
  bool add(std::string_view line, bool complete) noexcept;
  /// True if all lines so far can belong to the run.
  [[nodiscard]] bool all_belong() const noexcept { return state_ == State::Known; }

 private:
  enum class State : std::uint8_t {
    Known,
    Unknown,  ///< the last line belongs only if kQuitting follows: it is the error of the run
    Foreign
  };
  [[nodiscard]] bool has_form(std::string_view line, bool complete) const noexcept;
  /// True if the line is the end of a run that was not interrupted, such as one that has written at the same time.
  [[nodiscard]] bool is_orderly_end(std::string_view line) const noexcept;

  const Format format_;
  State state_ = State::Known;
  bool stopped_ = false;  ///< a line says that the run was stopped; Text and Grepable
};

}  // namespace sluice::cli
