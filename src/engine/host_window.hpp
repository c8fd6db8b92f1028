#pragma once

#include <cstddef>

#include "base/slab.hpp"
#include "core/ticket.hpp"
#include "engine/budgets.hpp"
#include "engine/host_run.hpp"

namespace sluice::engine {

/// The hosts that are being dealt with. So many may be discovered at a time, so many be open for scans and scripts;
/// each is told and forgotten as soon as it is done, in whatever order (in a list, -sL, in that of the targets). One
/// thread only.
class HostWindow final : private core::Completions {
 public:
  HostWindow(const HostTools& tools, const Budgets& budgets) : tools_(tools), budgets_(budgets) {}

  /// How many more targets can be added; negative if there are too many.
  [[nodiscard]] std::ptrdiff_t vacancies() const noexcept {
    return static_cast<std::ptrdiff_t>(budgets_.arrivals) - static_cast<std::ptrdiff_t>(hosts_.size() - open_);
  }
  void add(Target target);
  [[nodiscard]] bool empty() const noexcept { return hosts_.empty(); }

  /// Is there anything that run_turn would do now?
  [[nodiscard]] bool ready() const noexcept;
  /// Moves on every host to which something has happened.
  void run_turn();
  /// Ends all: what is known of hosts that are up is told, the others are forgotten.
  void break_off(const std::string& why);
  /// For the last resort: only tells what is known of hosts that are up. Nothing may follow but the end of the process.
  void emit_hosts(const std::string& why);

  struct Counts {
    std::size_t up = 0, down = 0, total = 0;
    std::size_t unknown_services = 0;       ///< open ports that no script looked at, without -sV
    double probes = 0, probes_lacking = 0;  ///< with --min-rate: sent, and what was lacking of the rate
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
  /// Of hosts that are done.
  [[nodiscard]] const Counts& done() const noexcept { return done_; }
  [[nodiscard]] std::size_t size() const noexcept { return hosts_.size(); }
  /// Of the hosts that are being dealt with: how many are known to be up, and how much has been done, in hosts.
  struct Open {
    std::size_t up = 0;
    double progress = 0;
  };
  /// Walks them.
  [[nodiscard]] Open open_hosts() const;
  /// How many names are being looked up.
  [[nodiscard]] std::size_t lookups() const noexcept { return tools_.lookups; }

 private:
  void complete(core::Ticket ticket, core::Reply reply) override;
  void emit_host(HostRun& host);
  void retire(HostRun& host);

  HostTools tools_;
  Budgets budgets_;
  HostRun::DueList due_;
  IntrusiveList<HostRun, ArrivalTag> arrivals_;
  Slab<HostRun> hosts_;  // after the lists: they leave them first
  std::size_t open_ = 0;
  Counts done_;
};

}  // namespace sluice::engine
