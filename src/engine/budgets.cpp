// SPDX-License-Identifier: Apache-2.0
#include "engine/budgets.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace sluice::engine {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kDefaultSlots = 1024;
constexpr std::size_t kDefaultSlotsPerHost = 20;
constexpr std::size_t kMinSlots = 10;  ///< with --max-parallelism, and per shard; some scripts need several sockets
constexpr std::size_t kThreads = 1000;
constexpr std::size_t kDescriptorsOfShard = 16;  ///< for its event loop, and a few sockets
constexpr std::size_t kArrivals = 1024;
constexpr std::size_t kMaxScriptMemory = std::size_t{4} << 30;  ///< bytes, without --script-memory

std::size_t hosts_at_a_time(const Options& options, std::size_t ports, std::size_t slots) {
  // Without a port scan, only the scripts of a host use resources, and enough hosts must be open to use all slots.
  std::size_t hosts = std::max(kArrivals, 2 * slots);
  if (ports > 0) hosts = std::max<std::size_t>(1024 / ports, 64);
  if (options.min_hostgroup) hosts = std::max<std::size_t>(hosts, *options.min_hostgroup);
  if (options.max_hostgroup) hosts = std::min<std::size_t>(hosts, *options.max_hostgroup);
  return std::max<std::size_t>(hosts, 1);
}

/// Returns `given`, but nothing for 0. Without it, timing 5 gives `insane`.
std::optional<Options::Milliseconds> timeout(std::optional<Options::Milliseconds> given, int timing,
                                             Options::Milliseconds insane) {
  if (!given && timing == 5) return insane;
  return given == 0ms ? std::nullopt : given;
}

}  // namespace

Budgets budgets_for(const Options& options, std::size_t descriptors, std::size_t ports, std::size_t memory) {
  Budgets budgets;
  core::SlotPool::Limits& slots = budgets.slots;
  std::string why;
  if (options.socket_slots) {
    slots.total = *options.socket_slots;
    why = "--socket-slots";
  } else if (options.max_parallelism) {
    slots.total = std::max<std::size_t>(*options.max_parallelism, kMinSlots);
    why = fmt::format("--max-parallelism, at least {}", kMinSlots);
  } else {
    slots.total = std::min(kDefaultSlots, descriptors / 4);
    why = fmt::format("a quarter of {} descriptors, at most {}", descriptors, kDefaultSlots);
  }
  slots.total = std::max<std::size_t>(slots.total, 1);

  std::string why_per_host;
  if (options.host_slots) {
    slots.per_host = std::max<std::size_t>(*options.host_slots, 1);
    why_per_host = "--host-slots";
  } else if (options.timing <= 2) {
    slots.per_host = 1;
    why_per_host = fmt::format("-T{}", options.timing);
  } else if (options.socket_slots || options.max_parallelism) {
    slots.per_host = slots.total;
    why_per_host = "all of them";
  } else {
    slots.per_host = kDefaultSlotsPerHost;
    why_per_host = "the default";
  }
  slots.per_host = std::min(slots.per_host, slots.total);
  budgets.why = fmt::format("{} socket slots ({}), {} per host ({})", slots.total, why, slots.per_host, why_per_host);

  budgets.threads = std::max<std::size_t>({kThreads, 2 * slots.total, options.min_parallelism.value_or(0)});
  budgets.hosts = hosts_at_a_time(options, ports, slots.total);
  // Without discovery, hosts before their scan would only wait.
  budgets.arrivals = options.discovery && !options.targets_from ? kArrivals : std::min(kArrivals, budgets.hosts);
  budgets.timing = scan::timing_for(options, descriptors);
  budgets.script_memory = options.script_memory.value_or(std::min(memory / 2, kMaxScriptMemory));
  return budgets;
}

std::optional<std::string> broken_rate(const Options& options, const Budgets& budgets, double sent, double lacking) {
  constexpr double kTolerated = 0.05;
  if (!options.min_rate || lacking <= kTolerated * (sent + lacking)) return std::nullopt;
  const double kept = *options.min_rate * sent / (sent + lacking);
  const std::size_t needed = scan::in_flight_at(*options.min_rate, budgets.timing.rtt);
  const std::size_t most = budgets.timing.max_in_flight;
  const std::string why =
      needed <= most
          ? "the machine or its network is too slow"
          : fmt::format("silent ports need {} probes in flight, the limit is {} ({})", needed, most,
                        options.max_parallelism ? "--max-parallelism" : "a quarter of the descriptors; see ulimit -n");
  return fmt::format("--min-rate {}: {:.0f} probes per second were sent; {}", *options.min_rate, kept, why);
}

std::size_t shards_for(const Options& options, const Budgets& budgets, const SystemLimits& limits) {
  if (options.list_only) return 1;
  const std::size_t wanted = options.workers > 0 ? options.workers : limits.cores;
  std::size_t most = std::min(budgets.slots.total / std::min(budgets.slots.per_host, kMinSlots),
                              limits.descriptors / kDescriptorsOfShard);
  for (const std::size_t counted : {budgets.threads, budgets.hosts, budgets.arrivals}) most = std::min(most, counted);
  if (options.discovery || options.port_scan) most = std::min(most, budgets.timing.max_in_flight);
  return std::max<std::size_t>(std::min(wanted, most), 1);
}

Budgets share_of(const Budgets& whole, std::size_t shards, bool first) {
  Budgets part = whole;
  for (std::size_t* counted :
       {&part.slots.total, &part.threads, &part.hosts, &part.arrivals, &part.timing.max_in_flight}) {
    const std::size_t each = *counted / shards;
    *counted = std::max<std::size_t>(first ? *counted - (shards - 1) * each : each, 1);
  }
  for (std::optional<double>* rate : {&part.timing.max_rate, &part.timing.min_rate})
    if (*rate) **rate /= static_cast<double>(shards);
  // Rounded up, because 0 means no limit.
  part.script_memory = (whole.script_memory + shards - 1) / shards;
  part.slots.per_host = std::min(part.slots.per_host, part.slots.total);
  for (std::size_t* per_host : {&part.timing.max_in_flight_per_host, &part.timing.min_in_flight_per_host})
    *per_host = std::min(*per_host, part.timing.max_in_flight);
  return part;
}

std::optional<Options::Milliseconds> host_timeout(const Options& options) {
  return timeout(options.host_timeout, options.timing, 15min);
}

std::optional<Options::Milliseconds> script_timeout(const Options& options) {
  return timeout(options.script_timeout, options.timing, 10min);
}

}  // namespace sluice::engine
