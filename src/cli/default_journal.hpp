// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <sluice/journal.hpp>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Returns the event without secret values of script arguments (redaction.hpp); nothing if it has none.
std::optional<Event> without_secrets(const Event& event);
/// Returns an event of without_secrets() with the secret values of `script_args`, a text of --script-args; nothing if
/// it has no script arguments.
std::optional<Event> with_secrets(const Event& event, std::string_view script_args);

/// The journal of a run without --journal (docs/journal.md, "Without --journal"). It begins three seconds after its
/// construction, and contains no secret values of script arguments. If it is given up, stderr gets a warning.
/// on_event() is not thread-safe.
class DefaultJournal final : public Observer {
 public:
  /// Returns the journal; null if the user has no directory for it, or after a warning.
  static std::unique_ptr<DefaultJournal> open(JournalOptions::Sync sync);

  void on_event(const Event& event) override;
  /// Commits what has not been committed, and closes the file. Returns the path of the file; "" if there is none, or if
  /// it is not complete.
  std::string close();
  /// As Journal::note_crash().
  void note_crash(const char* signal, const RunningScript& script) noexcept { journal_->note_crash(signal, script); }

 private:
  DefaultJournal() = default;
  std::unique_ptr<Journal> journal_;
  bool lost_ = false;  ///< events are missing in it
};

}  // namespace sluice::cli
