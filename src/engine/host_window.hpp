// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "base/slab.hpp"
#include "core/ticket.hpp"
#include "engine/budgets.hpp"
#include "engine/host_run.hpp"

namespace sluice::engine {

/// The hosts of one shard that are in progress. Reports and destroys each host as soon as it is done, in any order.
/// Invariant: at most Budgets::hosts hosts are open. add() must keep the number of the others within Budgets::arrivals.
/// Owned by the Shard. Not thread-safe.
class HostWindow final : private core::Completions {
 public:
  HostWindow(const HostTools& tools, const Budgets& budgets) : tools_(tools), budgets_(budgets) {}

  /// Returns how many more targets can be added; negative if there are more hosts than the budget allows.
  [[nodiscard]] std::ptrdiff_t vacancies() const noexcept {
    return static_cast<std::ptrdiff_t>(budgets_.arrivals) - static_cast<std::ptrdiff_t>(hosts_.size() - open_);
  }
  /// Adds a host and starts its host run.
  void add(Target target);
  [[nodiscard]] bool empty() const noexcept { return hosts_.empty(); }

  /// True if run_turn() has work.
  [[nodiscard]] bool ready() const noexcept;
  /// Continues the hosts in the due list, retires those that are done, and opens hosts while there is room.
  void run_turn();
  /// Ends all hosts early. Reports those that are up with their results so far, and drops the others.
  void break_off(const std::string& why);
  /// Reports the hosts that are up with their results so far, and changes nothing else. For a shard that is stuck: only
  /// the end of the process may follow.
  void emit_hosts(const std::string& why);

  struct Counts {
    std::size_t up = 0, down = 0, total = 0;
    std::size_t unknown_services = 0;       ///< as in event::RunFinished
    double probes = 0, probes_lacking = 0;  ///< with --min-rate: sent ones, and further ones that the rate required
    Counts& operator+=(const Counts& other) noexcept {
      up += other.up;
      down += other.down;
      total += other.total;
      unknown_services += other.unknown_services;
      probes += other.probes;
      probes_lacking += other.probes_lacking;
      return *this;
    }
  };
  /// Returns the counts of the hosts that are done.
  [[nodiscard]] const Counts& done() const noexcept { return done_; }
  [[nodiscard]] std::size_t size() const noexcept { return hosts_.size(); }
  /// Hosts in progress.
  struct Open {
    std::size_t up = 0;   ///< number of those that are up
    double progress = 0;  ///< sum of HostRun::progress
  };
  /// O(number of hosts).
  [[nodiscard]] Open open_hosts() const;
  /// Returns the number of pending look-ups of host names.
  [[nodiscard]] std::size_t lookups() const noexcept { return tools_.lookups; }

 private:
  void complete(core::Ticket ticket, core::Reply reply) override;
  void emit_host(HostRun& host);
  void retire(HostRun& host);

  HostTools tools_;
  Budgets budgets_;
  HostRun::DueList due_;
  IntrusiveList<HostRun, ArrivalTag> arrivals_;
  Slab<HostRun> hosts_;   // after the lists: destroyed before them, because hosts unlink themselves
  std::size_t open_ = 0;  ///< number of open hosts
  Counts done_;
};

}  // namespace sluice::engine
