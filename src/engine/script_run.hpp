#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/intrusive_list.hpp"
#include "engine/event_stream.hpp"
#include "engine/script_choice.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::engine {

struct StartTag;

/// Puts results in the order in which reports have them.
void sort_by_id(std::vector<ScriptResult>& results);

/// The way of one host, or of a phase without hosts, through the run levels. A level begins when every thread of the
/// one before is over (scheduler.md 6, 7). For a host: first the host rules, then for each port that may be open the
/// port rules: scripts of one port wait for the same answers (`shortport.ssl` asks one port of a host at a time), and
/// would wait for those of all others otherwise. Which ports these are is read when a level begins.
class ScriptRun : public ListNode<StartTag> {
 public:
  struct Parts {
    nse::Runtime& runtime;
    const ScriptSet& scripts;
    EventStream& events;
  };
  /// Of a host, which has been entered in the runtime.
  ScriptRun(Parts parts, nse::ScriptHost& host);
  /// Of the scripts before or after the hosts.
  ScriptRun(Parts parts, nse::ScriptRule phase);

  /// Is there something to start in this level?
  [[nodiscard]] bool can_start() const noexcept { return next_ < total_; }
  /// Starts the next thread.
  void start_one();
  /// One of its threads is over; true if it was the last of its level: call next_level then, but not from inside it.
  bool thread_ended() noexcept { return --alive_ == 0 && !can_start(); }
  /// Ends workers that have outlived their level and begins the next in which there is something to start; false if
  /// there is none. Not to be called while threads of the level live.
  bool next_level();
  /// Nothing more is to be started, whatever happens.
  void stop_starting() noexcept {
    unlink();
    next_ = total_ = 0;
    level_ = parts_.scripts.levels();
  }
  [[nodiscard]] std::size_t alive() const noexcept { return alive_; }
  /// The share of its threads that are over, 0 to 1.
  [[nodiscard]] double progress() const;

 private:
  using List = ScriptSet::List;
  void start(const ReadyScript& ready, nse::ScriptRule rule, PortReport* port);

  Parts parts_;
  nse::ScriptHost* host_ = nullptr;
  nse::ScriptRule phase_ = nse::ScriptRule::Host;  ///< of what does not go by ports
  std::size_t level_ = 0;                          ///< how many have begun
  std::size_t next_ = 0, total_ = 0;               ///< threads of the level: first one not started, and how many
  std::size_t alive_ = 0;
  std::size_t ended_before_ = 0;  ///< threads of the levels before
  const List* whole_ = nullptr;   ///< of the level: scripts that run once
  const List* per_port_ = nullptr;
  std::vector<std::uint32_t> ports_;  ///< places in the report, whose list of ports does not change
};

/// Starts threads, one of each run in turn, so that a long one does not starve the rest.
class StartRound {
 public:
  StartRound(nse::Runtime& runtime, std::size_t limit) : runtime_(runtime), limit_(limit) {}
  void add(ScriptRun& run) noexcept {
    if (run.can_start()) round_.push_back(run);
  }
  [[nodiscard]] bool ready() const noexcept { return !round_.empty() && runtime_.threads() < limit_; }
  /// Starts some of those that may live; ready() tells whether there are more.
  void run_turn();

 private:
  nse::Runtime& runtime_;
  std::size_t limit_;
  IntrusiveList<ScriptRun, StartTag> round_;
};

}  // namespace sluice::engine
