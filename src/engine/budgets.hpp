// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <sluice/options.hpp>
#include <string>

#include "core/slot_pool.hpp"
#include "engine/platform.hpp"
#include "scan/timing.hpp"

namespace sluice::engine {

/// The budgets of a run, or the part of one shard in them.
struct Budgets {
  core::SlotPool::Limits slots;
  std::string why;  ///< one line about the origin of the slots, for -d
  scan::Timing timing;
  std::size_t threads = 0;        ///< script threads; with so many alive no further one is started
  std::size_t hosts = 0;          ///< open hosts: in their port scan or a later stage
  std::size_t arrivals = 0;       ///< hosts before that: in discovery, or up and not open yet
  std::size_t script_memory = 0;  ///< bytes that scripts may hold; 0: no limit
};

/// Returns the budgets of a run (docs/options.md; docs/architecture.md, "The life of a host"). `descriptors`: limit of
/// the process. `ports`: number of scanned ports per host; 0 without a scan. `memory`: bytes of the machine; 0 if
/// unknown.
Budgets budgets_for(const Options& options, std::size_t descriptors, std::size_t ports, std::size_t memory = 0);

/// Returns a warning if --min-rate was not kept; nothing if it was, or if at most 5 % of the probes are lacking.
/// `sent`: number of probes that were sent. `lacking`: number of further probes that the rate required.
std::optional<std::string> broken_rate(const Options& options, const Budgets& budgets, double sent, double lacking);

/// Returns the number of shards of a run: Options::workers, but only so many that each shard has at least one of each
/// counted budget, descriptors for its event loop, and ten slots or as many as one host may have. Returns 1 with -sL,
/// whose report has an order.
std::size_t shards_for(const Options& options, const Budgets& budgets, const SystemLimits& limits);

/// Returns the part of one shard in the budgets of a run. `first`: true for the first shard, which receives the
/// remainders.
Budgets share_of(const Budgets& whole, std::size_t shards, bool first);

/// Return the value of the option, otherwise that of the timing template; nothing if there is no timeout, as with 0.
std::optional<Options::Milliseconds> host_timeout(const Options& options);
std::optional<Options::Milliseconds> script_timeout(const Options& options);

}  // namespace sluice::engine
