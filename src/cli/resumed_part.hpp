// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <sluice/writer.hpp>
#include <string>
#include <string_view>

namespace sluice::cli {

/// The part of a report file that an interrupted run has written. A file that is not appended to has only this part. In
/// one that is appended to, the part begins at the last report that has the identity of the run (report_lines.hpp).
/// Reads the file and does not change it. Not thread-safe.
class ResumedPart {
 public:
  ResumedPart(const std::string& path, Format format, bool append);
  ~ResumedPart();
  ResumedPart(const ResumedPart&) = delete;
  ResumedPart& operator=(const ResumedPart&) = delete;

  /// Skips the bytes that the file already has, and returns the others. `bytes`: the next ones of the run, at first
  /// those of its first event.
  std::string_view skip(std::string_view bytes);
  /// Returns where the part begins and where the skipped bytes end; nothing if the file does not have the part.
  struct Range {
    off_t begin, end;
  };
  [[nodiscard]] std::optional<Range> skipped() const noexcept { return skipped_; }
  /// What follows the skipped bytes.
  enum class Rest : std::uint8_t { None, OfRun, OfOthers };
  /// Determines it. If the file is appended to, a rest is that of the run only if all of its lines can be, and if the
  /// report is certain to be that of the run.
  [[nodiscard]] Rest rest() const;
  /// Returns up to `size` bytes of the file; fewer at its end, none if it cannot be read.
  [[nodiscard]] std::string read(off_t at, std::size_t size) const;

 private:
  /// Sets the members of a file that is appended to, if it has the part. `opening`: its first bytes.
  void find(std::string_view opening);
  /// True if all lines between the two places can be of the run. Lines up to the one with `identity` always are.
  [[nodiscard]] bool can_be_of_run(off_t from, off_t end, off_t identity) const;

  int descriptor_;
  const Format format_;
  const bool append_;
  bool searched_ = false;  ///< find() was called
  std::optional<Range> skipped_;
  off_t identity_ = 0;  ///< where the file has the identity of the run
  /// The place before identity_ that also has the identity: that of the incomplete report, if an earlier attempt has
  /// appended the report as a whole. Lines of others are then between the two. Otherwise it is that of another run with
  /// the same command line, which began in the same second.
  std::optional<off_t> earlier_;
  off_t line_ = 0;  ///< begin of the line in which the skipped bytes end
};

}  // namespace sluice::cli
