// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <sluice/result.hpp>
#include <sluice/writer.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "cli/resumed_part.hpp"

namespace sluice::cli {

/// The file, pipe, terminal or socket of one report.
///
/// After the first error nothing more is written, because the output would have a gap. The same holds if a regular file
/// has a size or position that this object has not set: then something else has written to the file, such as a script
/// through /proc/self/fd. A file that is appended to may grow, but not shrink. Not thread-safe, except for
/// limit_waits() and wait_without_limit().
class ReportFile {
 public:
  /// Opens a file, and does not change an existing one. If the member function open() is not called, the destructor
  /// removes a file that this function has created. `append`: keep the contents of the file.
  /// Errors: the message names the path and the cause.
  static Result<ReportFile> open(const std::string& path, bool append);
  /// Uses an open descriptor. `owned`: the object closes it. `name`: for messages.
  static ReportFile on(int descriptor, bool owned, std::string name);
  ReportFile(ReportFile&& other) noexcept;
  ReportFile& operator=(ReportFile&&) = delete;
  ~ReportFile();

  /// Starts the report: truncates the file, unless it is appended to.
  void open();
  /// Continues the report of an interrupted run: the next bytes are those that the file should already have, at first
  /// those of the first event alone. What the file has of them stays as it is; it is written anew from the first
  /// difference on. In a file that is appended to, this is done only if all that follows can be of the run
  /// (ResumedPart). Otherwise it stays, and the report is appended as a whole. A descriptor of the caller gets the
  /// report as a whole.
  void resume(Format format) noexcept;
  /// Ends the part that resume() has begun: removes what the run has written behind it.
  void end_resumed_part() noexcept;
  /// True if the file has two reports of the resumed run: an incomplete one, with bytes of others behind it, and the
  /// appended one.
  [[nodiscard]] bool has_two_reports() const { return two_reports_; }
  /// Writes all bytes. In a regular file, an error leaves none of them. For a pipe, a terminal or a socket, waits for
  /// the reader, without a limit until limit_waits() is called.
  void write(std::string_view bytes) noexcept;
  /// Limits how long all objects of the class wait for their readers. `stall`: longest time without a byte that is
  /// read, counted from this call or the last byte. `total`: longest time from this call. A write that would wait
  /// longer fails. Also applies, within 100 ms, to writes that wait now. Thread-safe.
  static void limit_waits(std::chrono::milliseconds stall, std::chrono::milliseconds total) noexcept;
  /// Removes the limits of limit_waits(). Thread-safe.
  static void wait_without_limit() noexcept;
  /// Ends the report. Closes the descriptor if the object owns it.
  void close() noexcept;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// Returns the errno of the first write or close that failed; ETIMEDOUT if the reader did not read; 0 without an
  /// error.
  [[nodiscard]] int error() const { return error_; }
  /// True if nothing more is written, because of an error or because something else has changed the file.
  [[nodiscard]] bool failed() const { return error_ != 0 || damaged_; }
  /// Returns the cause as text. REQUIRES: failed().
  [[nodiscard]] std::string failure() const;
  [[nodiscard]] bool is_terminal() const noexcept;
  /// Returns device and inode of a regular file, otherwise nothing. Two reports with the same ones would overwrite each
  /// other.
  [[nodiscard]] std::optional<std::pair<dev_t, ino_t>> identity() const;

 private:
  ReportFile(int descriptor, bool owned, std::string name);
  /// Returns the first bytes of `bytes` that one system call writes without waiting if the descriptor is writable.
  [[nodiscard]] std::string_view piece_of(std::string_view bytes) const noexcept;
  /// Waits until the descriptor is writable. Returns false if limit_waits() does not allow that much time. `progress`:
  /// when the reader read last.
  [[nodiscard]] bool wait_for_reader(std::chrono::steady_clock::time_point progress) const noexcept;
  /// Removes the last `bytes` bytes from a regular file, if nothing follows them, so that no part of a line remains.
  void take_back(std::size_t bytes) const noexcept;
  /// Skips the bytes that the file already has, and returns the others.
  std::string_view skip_known(std::string_view bytes) noexcept;
  /// Appends bytes of the file to it.
  void append_copy(const ResumedPart& part, ResumedPart::Range range);
  /// Sets damaged_ if the file is not as note_end() has found it.
  void check() noexcept;
  /// Stores the end of the file.
  void note_end() noexcept;

  int descriptor_;
  bool owned_;
  std::string name_;
  bool append_ = false,  ///< keep the contents of the file
      made_ = false,     ///< open(path) has created the file, and open() was not called
      named_ = false;    ///< open(path) has opened the file
  std::size_t piece_;    ///< limit of one write(), in bytes; 0: no limit, for a regular file
  int error_ = 0;
  std::unique_ptr<ResumedPart> resumed_;  ///< between resume() and end_resumed_part()
  bool two_reports_ = false;
  bool damaged_ = false,      ///< something else has changed the file
      unread_ = false;        ///< the reader did not read in time
  std::optional<off_t> end_;  ///< end of a regular file after the last write
};

}  // namespace sluice::cli
