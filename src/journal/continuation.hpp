// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <sluice/earlier_run.hpp>
#include <sluice/observer.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/host_state.hpp"

namespace sluice::journal {

/// Determines from the stored events of a run that did not reach its end how it goes on: what is known (EarlierRun),
/// and how its stream has to change, so that the events of the next attempt make it whole. Results of scripts of
/// unfinished hosts are removed, because these scripts start again. Not thread-safe.
class Continuation final : public Observer {
 public:
  /// `stale_before`: an unfinished host starts again if its first state is from before this time.
  explicit Continuation(WallTime stale_before = WallTime::min()) : stale_before_(stale_before) {}
  /// Identifies a stored event.
  using Row = std::int64_t;
  struct Changes {
    std::set<Row> removed;
    std::map<Row, Event> replaced;
    int verbosity = 0, debugging = 0;  ///< last levels of the run
  };

  /// Sets the row of the next event.
  void set_row(Row row) noexcept { row_ = row; }
  void on_event(const Event& event) override;
  /// Returns the changes after the last event. Call it once.
  Changes take_changes();
  /// Returns what is known after the last event. Call it once, after take_changes().
  EarlierRun take_run();

 private:
  using Host = EarlierRun::Host;
  using PortKey = model::PortKey;
  /// Identifies an event among those of a host: its kind, script and port.
  struct Mark {
    std::string_view kind;
    std::string script{};
    Protocol protocol{};
    int port = -1;
    friend auto operator<=>(const Mark&, const Mark&) = default;  // NOLINT(modernize-use-nullptr): false positive
  };
  /// An unfinished host.
  struct Open {
    EarlierRun::Unfinished known;
    bool scanned = false;      ///< its ports and services are complete
    bool stale = false;        ///< what is known is too old
    std::vector<Row> states;   ///< rows of what is known
    std::vector<Row> attempt;  ///< rows of its scripts, and of what they have found
    std::set<PortKey> acted;   ///< ports for which the action of a script has run
    std::vector<event::ScriptFinished> failures;
    std::set<Mark> marks;  ///< of its events
  };

  template <class What>
  void note(const What&) {}
  void note(const event::RunStarted& run);
  void note(const event::RunResumed& run);
  void note(const event::ScriptCrashed& script);
  void note(const event::LevelsChanged& levels);
  void note(const event::TargetResolved& target);
  void note(const event::TargetsRead& targets);
  void note(const event::TargetsAdded& targets);
  void note(const event::TargetSkipped& target);
  void note(const event::Log& log);
  void note(const event::TaskStarted& task);
  void note(const event::TaskEnded& task);
  void note(const event::HostStarted& host);
  void note(const event::PortDiscovered& port);
  void note(const event::PortsScanned& host);
  void note(const event::ServiceDetected& detected);
  void note(const event::HostScanned& host);
  void note(const event::ScriptStarted& script);
  void note(const event::ScriptFinished& script);
  void note(const event::ChildThreadFailed& failed);
  void note(const event::HostWaits& host);
  void note(const event::HostFinished& host);
  void note(const event::PhaseFinished& phase);
  void note(const event::RunFinished& run);

  static Open started(const Address& address, const std::string& name, WallTime time);
  /// Returns the unfinished host of an event; null if there is none. Hosts that are given several times have equal
  /// events: each belongs to the first host that has no such event yet. So a host that ends has all of its events, and
  /// is the first one.
  Open* find(const Address& address, const Mark& mark);
  Open* find(const Address& address, const std::string& name, const Mark& mark);
  Open* find(const ScriptPlace& place, std::string_view kind, const std::string& script);
  template <class Hosts>
  static Open* first_without(const Mark& mark, Hosts hosts);
  /// Notes that this event tells a state of the host.
  void note_state(Open& host);
  /// Notes an event of a script. `host`: the result of find().
  void note_script(const ScriptPlace& place, Open* host);
  void note_failure(const event::ScriptFinished& script, Open* host);
  /// Keeps an interrupted host unfinished. Its report becomes event::PortsScanned, if it has news, and is removed
  /// otherwise.
  void reopen(const HostReport& report);
  /// Ends the first unfinished host with the address and name of the report.
  void close(const HostReport& report);
  void count(const HostReport& report);
  /// Returns the duration of the last attempt.
  [[nodiscard]] std::chrono::milliseconds elapsed() const;

  const WallTime stale_before_;
  Row row_ = 0;
  WallTime time_, attempt_began_;  ///< of the last event, and of the first one of its attempt
  EarlierRun run_;
  Changes changes_;
  std::multimap<Host, Open> open_;
  std::multimap<Host, Row> interrupted_waiting_;  ///< interrupted hosts whose HostFinished follows
  std::set<EarlierRun::ScriptOfHost> crashed_;    ///< scripts that have ended the process once
  std::map<std::string, Row> tasks_;              ///< tasks that have not ended
  std::vector<Row> last_logs_;  ///< lines since the last other event: the end of an attempt repeats them
  // Of the phase of scripts without hosts that has not ended.
  std::vector<Row> phase_;
  std::vector<event::ScriptFinished> phase_failures_;
};

}  // namespace sluice::journal
