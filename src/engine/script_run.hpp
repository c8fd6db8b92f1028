// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <sluice/earlier_run.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/intrusive_list.hpp"
#include "engine/event_stream.hpp"
#include "engine/script_choice.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::engine {

struct StartTag;

/// Sorts results into the order of reports.
void sort_by_id(std::vector<ScriptResult>& results);

/// Starts the scripts of one host, or of a phase without hosts, run level by run level. A level starts when all threads
/// of the previous level have ended. The order of starts in a level is that of docs/nse-compat.md, "Choice of scripts
/// and their arguments". The scripts of one port are started together because they often wait for each other:
/// `shortport.ssl` checks one port of a host at a time.
///
/// Owned by the HostRun or the Shard. Not thread-safe.
class ScriptRun : public ListNode<StartTag> {
 public:
  struct Parts {
    nse::Runtime& runtime;
    const ScriptSet& scripts;
    EventStream& events;
    const EarlierRun* earlier = nullptr;  ///< of a run that goes on
  };
  /// For the scripts of a host. REQUIRES: the host has been entered into the runtime.
  ScriptRun(Parts parts, nse::ScriptHost& host);
  /// For the scripts of the pre-scan or post-scan phase. `phase`: Pre or Post.
  ScriptRun(Parts parts, nse::ScriptRule phase);

  /// True if the level has a thread that is not started.
  [[nodiscard]] bool can_start() const noexcept { return next_ < total_; }
  /// Starts the next thread. REQUIRES: can_start().
  void start_one();
  /// Notes the end of one of its threads. Returns true if it was the last one of the level. The caller must then call
  /// next_level(), but not before the callback that reported the end has returned.
  bool thread_ended() noexcept { return --alive_ == 0 && !can_start(); }
  /// Starts the next level that has threads. Returns false if there is none.
  /// REQUIRES: alive() is 0.
  bool next_level();
  /// Starts no further threads. next_level() then returns false.
  void stop_starting() noexcept {
    unlink();
    next_ = total_ = 0;
    level_ = parts_.scripts.levels();
  }
  /// Returns the number of its threads that have not ended.
  [[nodiscard]] std::size_t alive() const noexcept { return alive_; }
  /// Returns the part of its threads, over all levels, that have ended; 0 to 1.
  [[nodiscard]] double progress() const;

 private:
  using List = ScriptSet::List;
  void start(const ReadyScript& ready, nse::ScriptRule rule, PortReport* port);
  /// True if the script has ended the process twice (EarlierRun::left_out).
  [[nodiscard]] bool is_left_out(const std::string& script) const;

  Parts parts_;
  nse::ScriptHost* host_ = nullptr;
  nse::ScriptRule phase_ = nse::ScriptRule::Host;  ///< the rule of the scripts in whole_
  std::size_t level_ = 0;                          ///< number of levels that have started
  std::size_t next_ = 0, total_ = 0;               ///< threads of the level: number of started ones, and of all
  std::size_t alive_ = 0;
  std::size_t ended_before_ = 0;      ///< number of threads of the earlier levels
  const List* whole_ = nullptr;       ///< scripts of the level that run once
  const List* per_port_ = nullptr;    ///< scripts of the level that run once per port
  std::set<std::string> left_out_;    ///< scripts that were reported as left out
  std::vector<std::uint32_t> ports_;  ///< indices in HostReport::ports, which has all its elements by then
};

/// Starts script threads in turns: one thread of each ScriptRun, so that a run with many threads does not delay the
/// others. Owned by the Shard. Not thread-safe.
class StartRound {
 public:
  /// `limit`: number of live script threads from which on no thread is started. `runtime` must outlive this object.
  StartRound(nse::Runtime& runtime, std::size_t limit) : runtime_(runtime), limit_(limit) {}
  /// Adds a run to the round. No effect if it has nothing to start. The run removes itself when it is destroyed.
  void add(ScriptRun& run) noexcept {
    if (run.can_start()) round_.push_back(run);
  }
  /// True if run_turn() would start a thread.
  [[nodiscard]] bool ready() const noexcept { return !round_.empty() && runtime_.threads() < limit_; }
  /// Starts up to 64 threads, within the limit.
  void run_turn();

 private:
  nse::Runtime& runtime_;
  std::size_t limit_;
  IntrusiveList<ScriptRun, StartTag> round_;
};

}  // namespace sluice::engine
