#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::cli {

/// Where one report goes. Until open() nothing that was there is touched; if it never comes to that, a file that
/// open() made is removed again. The first error of writing ends it: what follows would not fit what is there. So does
/// a regular file whose size or position is not what this object left: something else has written to it or cut it, such
/// as a script by way of /proc/self/fd. A file that is appended to may grow by what others append, but not shrink.
class ReportFile {
 public:
  /// The error names the path and the reason.
  static Result<ReportFile> open(const std::string& path, bool append);
  /// A descriptor that is there already and belongs to the report from now on if `owned`. `name` is for messages.
  static ReportFile on(int descriptor, bool owned, std::string name);
  ReportFile(ReportFile&& other) noexcept;
  ReportFile& operator=(ReportFile&&) = delete;
  ~ReportFile();

  /// The report comes: drops what was there before, unless it is to be appended to.
  void open();
  /// Writes all bytes; in a regular file all of them or, after an error, none. Waits for the reader of a pipe, a
  /// terminal or a socket, without a bound until limit_waits() is called.
  void write(std::string_view bytes) noexcept;
  /// Bounds how long writes of all objects wait for readers: at most `stall` without a byte that is read, counted from
  /// this call or from the last byte, and none beyond `total` from this call. A write that would wait longer fails.
  /// Also bounds the writes that wait at the time of the call, within 100 ms. Thread-safe.
  static void limit_waits(std::chrono::milliseconds stall, std::chrono::milliseconds total) noexcept;
  /// Removes the bound of limit_waits(). Thread-safe.
  static void wait_without_limit() noexcept;
  /// No more comes.
  void close() noexcept;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The errno of the first write (or the close) that failed, ETIMEDOUT if its reader did not read; 0 if none did.
  [[nodiscard]] int error() const { return error_; }
  /// True if nothing more is written, because of an error or because the file is not what was written.
  [[nodiscard]] bool failed() const { return error_ != 0 || damaged_; }
  /// Why, in words.
  [[nodiscard]] std::string failure() const;
  /// Device and inode of a regular file: the same for two reports that would overwrite each other.
  [[nodiscard]] std::optional<std::pair<dev_t, ino_t>> identity() const;

 private:
  ReportFile(int descriptor, bool owned, std::string name);
  /// The first bytes that are written in one system call. That call does not wait if the descriptor is writable.
  [[nodiscard]] std::string_view piece_of(std::string_view bytes) const noexcept;
  /// Waits until the descriptor is writable; false if that takes longer than limit_waits() allows. `progress` is when
  /// the reader was last known to read.
  [[nodiscard]] bool wait_for_reader(std::chrono::steady_clock::time_point progress) const noexcept;
  /// Cuts the bytes off again that were written last, if nothing stands behind them: half a line is not to stay.
  void take_back(std::size_t bytes) const noexcept;
  /// Notes that the file is damaged if it is. Only for what open() or a write has seen.
  void check() noexcept;
  /// Notes where the file ends now.
  void note_end() noexcept;

  int descriptor_;
  bool owned_;
  std::string name_;
  bool append_ = false, made_ = false;  // made_: by us, and nothing has come of it yet
  std::size_t piece_;  ///< bytes that one write() may have; 0 for a regular file, which has no reader to wait for
  int error_ = 0;
  bool damaged_ = false, unread_ = false;
  std::optional<off_t> end_;  ///< of a regular file, after what was written last
};

}  // namespace sluice::cli
