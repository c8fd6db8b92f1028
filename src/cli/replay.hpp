// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <sluice/command_line.hpp>
#include <sluice/observer.hpp>
#include <sluice/report_database.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "cli/outputs.hpp"

namespace sluice::cli {

/// Writes the reports of a stored run. Their options are those of the run, and they are opened with its first event.
/// Not thread-safe.
class Replay final : public Observer {
 public:
  /// `wanted`: the reports, the database and the journal. With CommandLine::to_database, its last operand is the
  /// database. Must outlive the object. `inputs`: the names of what is read, which no report may overwrite.
  Replay(const CommandLine& wanted, std::vector<std::string> inputs);

  void on_event(const Event& event) override;
  /// True if the reports have been opened.
  [[nodiscard]] bool started() const noexcept { return outputs_ != nullptr; }
  /// Completes the reports, and returns the exit code.
  int finish();

 private:
  void open(const event::RunStarted& run);
  /// Opens what takes the events. Errors: the message names the file.
  Result<void> open_outputs(const CommandLine& command);

  const CommandLine& wanted_;
  const std::vector<std::string> inputs_;
  std::unique_ptr<Outputs> outputs_;
  std::unique_ptr<ReportDatabase> database_;
  std::optional<Error> error_;     ///< why the reports could not be opened
  std::atomic<bool> full_{false};  ///< the queue of the journal is full
};

/// Adds the last operand as the output of --to FORMAT. A database (--to sqlite) stays an operand. Errors: the operand
/// cannot be such an output. REQUIRES: there is an operand if --to is given.
Result<void> add_last_operand(CommandLine& command);

}  // namespace sluice::cli
