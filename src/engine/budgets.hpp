#pragma once

#include <cstddef>
#include <optional>
#include <sluice/options.hpp>
#include <string>

#include "core/slot_pool.hpp"
#include "engine/platform.hpp"
#include "scan/timing.hpp"

namespace sluice::engine {

/// How much of everything a run may have at a time.
struct Budgets {
  core::SlotPool::Limits slots;
  std::string why;  ///< one line about the slots, for -d
  scan::Timing timing;
  std::size_t threads = 0;        ///< script threads alive; more are not begun
  std::size_t hosts = 0;          ///< hosts being scanned or talked to by scripts
  std::size_t arrivals = 0;       ///< hosts before that: being discovered, or found up and not begun
  std::size_t script_memory = 0;  ///< bytes that Lua may take; 0: no bound
};

/// The budgets of SEED.md ("Clear numbers") and DESIGN.md ("Hosts stream"). `ports` is how many of a host are scanned,
/// 0 if there is no scan; `memory` is in bytes, 0 if it is not known.
Budgets budgets_for(const Options& options, std::size_t descriptors, std::size_t ports, std::size_t memory = 0);

/// What to say of --min-rate if it was not kept: `sent` probes were, and `lacking` ones more would have been at that
/// rate. Nothing up to one in twenty.
std::optional<std::string> broken_rate(const Options& options, const Budgets& budgets, double sent, double lacking);

/// How many shards a run has: as --workers says, but so many at most that each has one of all that is counted,
/// descriptors for its loop, and slots enough for a script that needs several at a time; one for a list (-sL), which
/// has an order.
std::size_t shards_for(const Options& options, const Budgets& budgets, const SystemLimits& limits);

/// What a shard has of the budgets of a run: of what is counted its part, the first one with what is left over.
Budgets share_of(const Budgets& whole, std::size_t shards, bool first);

/// The user's own value, else what the -T template says. Nothing if there is no timeout, which the user asks for by 0.
std::optional<Options::Milliseconds> host_timeout(const Options& options);
std::optional<Options::Milliseconds> script_timeout(const Options& options);

}  // namespace sluice::engine
