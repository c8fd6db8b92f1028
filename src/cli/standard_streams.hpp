// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <memory>
#include <vector>

#include "cli/report_file.hpp"

namespace sluice::cli {

/// As long as it exists, `stdout` and `stderr` of the C library, if they are terminals, are streams that write by
/// print_to(). What scripts print then does not garble the status block. The descriptors stay as they are: processes
/// that scripts start write to them directly. At most one object exists at a time.
/// REQUIRES: no other thread uses the streams in the constructor and the destructor.
class StandardStreams {
 public:
  StandardStreams();
  ~StandardStreams();
  StandardStreams(const StandardStreams&) = delete;
  StandardStreams& operator=(const StandardStreams&) = delete;

 private:
  struct Replaced {
    std::FILE** stream;
    std::FILE *before, *by;
    std::unique_ptr<ReportFile> file;
  };
  void replace(std::FILE** stream, int descriptor, int buffering);

  std::vector<Replaced> replaced_;
};

}  // namespace sluice::cli
