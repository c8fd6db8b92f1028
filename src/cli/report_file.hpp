#pragma once

#include <sys/types.h>

#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::cli {

/// Where one report goes. Until begin() nothing that was there is touched; if it never comes to that, a file that
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
  void begin();
  /// All of it is with the system when this returns; in a regular file all of it or, after an error, nothing. Waits
  /// where the other side is slow.
  void write(std::string_view bytes) noexcept;
  /// No more comes.
  void close() noexcept;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The errno of the first write (or the close) that failed; 0 if none did.
  [[nodiscard]] int error() const { return error_; }
  /// True if nothing more is written, because of an error or because the file is not what was written.
  [[nodiscard]] bool failed() const { return error_ != 0 || damaged_; }
  /// Why, in words.
  [[nodiscard]] std::string failure() const;
  /// Device and inode of a regular file: the same for two reports that would overwrite each other.
  [[nodiscard]] std::optional<std::pair<dev_t, ino_t>> identity() const;

 private:
  ReportFile(int descriptor, bool owned, std::string name)
      : descriptor_(descriptor), owned_(owned), name_(std::move(name)) {}
  /// Half a line is no line: cuts what was written last off again, if nobody has written behind it.
  void take_back(std::size_t bytes) const noexcept;
  /// Notes that the file is damaged if it is. Only for what begin() or a write has seen.
  void check() noexcept;
  /// Notes where the file ends now.
  void note_end() noexcept;

  int descriptor_;
  bool owned_;
  std::string name_;
  bool append_ = false, made_ = false;  // made_: by us, and nothing has come of it yet
  int error_ = 0;
  bool damaged_ = false;
  std::optional<off_t> end_;  ///< of a regular file, after what was written last
};

}  // namespace sluice::cli
