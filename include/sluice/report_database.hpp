// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <sluice/export.hpp>
#include <sluice/observer.hpp>
#include <sluice/result.hpp>
#include <sluice/writer.hpp>
#include <string>

namespace sluice {

/// An observer that writes the report of a run as an SQLite database with tables for queries (docs/journal.md, "Tables
/// for queries"). The database is made in the file PATH-new, in one transaction; close() then gives it its name. Until
/// then a file with the name stays as it is. Not thread-safe.
class SLUICE_EXPORT ReportDatabase final : public Observer {
 public:
  /// Creates the database. close() replaces a regular file with this name that is no journal. `options`: decide which
  /// hosts and ports it has, as in other reports. Errors: UnreadableFile if the file is a journal or is not regular, or
  /// if PATH-new exists or cannot be written.
  static Result<std::unique_ptr<ReportDatabase>> open(const std::string& path, const WriterOptions& options);
  /// Removes PATH-new if close() was not called.
  ~ReportDatabase() override;

  /// Adds what the event says. event::RunFinished completes the report; later events have no effect.
  void on_event(const Event& event) override;
  /// Makes the indexes, commits, and gives the database its name. Errors: UnreadableFile if the file cannot be written,
  /// now or before. Call it once.
  Result<void> close();

 private:
  class Tables;
  explicit ReportDatabase(std::unique_ptr<Tables> tables);
  const std::unique_ptr<Tables> tables_;
};

}  // namespace sluice
