// SPDX-License-Identifier: Apache-2.0
#include "engine/effective_options.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "base/text_file.hpp"
#include "engine/budgets.hpp"
#include "engine/check_options.hpp"
#include "engine/local_places.hpp"
#include "engine/scan_plan.hpp"
#include "engine/shard.hpp"
#include "engine/version_plan.hpp"
#include "model/port_spec.hpp"
#include "model/target_spec.hpp"
#include "net/dns_servers.hpp"
#include "script/args.hpp"

namespace sluice::engine {

namespace {

using std::chrono::duration_cast;
using Milliseconds = Options::Milliseconds;

/// Sets a field that is not set.
template <class Field, class Given>
void fill(std::optional<Field>& field, const Given& value) {
  if (!field) field = static_cast<Field>(value);
}
void fill(std::optional<Milliseconds>& field, Duration value) {
  if (!field) field = duration_cast<Milliseconds>(value);
}

/// --max-scan-delay is one option for the delays of TCP and of UDP probes, whose built-in limits may differ.
void fill_max_delay(Options& options, const scan::Timing& timing) {
  const bool probes_udp = options.udp_scan || options.udp_pings;
  if (!probes_udp || timing.max_tcp_delay == timing.max_udp_delay) fill(options.max_scan_delay, timing.max_tcp_delay);
}

void fill_timing(Options& options, const scan::Timing& timing) {
  fill(options.max_retries, timing.max_retries);
  fill(options.initial_rtt_timeout, timing.rtt.initial);
  fill(options.min_rtt_timeout, timing.rtt.min);
  fill(options.max_rtt_timeout, timing.rtt.max);
  fill(options.scan_delay, timing.scan_delay);
  fill_max_delay(options, timing);
  fill(options.min_parallelism, timing.min_in_flight_per_host);
  fill(options.max_parallelism, timing.max_in_flight);
}

void fill_ports(Options& options) {
  if (!options.port_scan || options.list_only || options.targets_from) return;
  if (options.ports || options.port_ratio) return;
  const bool fast = options.fast;
  options.fast = false;
  fill(options.top_ports, fast ? model::kFastPortCount : model::kUsualPortCount);
}

/// Checks the values that create_run() checks beside check_options(), without the files that options name, except the
/// services, and without the network. Ports are not checked if the services cannot be read.
Result<void> check_values(const Options& options, const PlatformPort& platform, const net::PingRights& rights) {
  const auto path = data_files_of(options, platform).find_file("nmap-services");
  if (auto text = path ? read_text_file(*path) : Result<std::string>(Error{})) {
    ScanPlan plan;
    plan.services = model::ServiceTable::parse(*std::move(text));
    if (Result<void> ports = plan_ports(plan, options, rights); !ports) return ports;
  }
  if (const auto servers = net::parse_dns_servers(options.dns_servers); !servers)
    return servers.error().in("--dns-servers");
  for (const std::string& excluded : options.exclude)
    if (const auto spec = model::TargetSpec::parse(excluded); !spec) return spec.error().in("--exclude");
  if (!wants_scripts(options) || options.script_args_file) return {};
  if (const auto arguments = script::parse_script_args(options.script_args.value_or("")); !arguments)
    return arguments.error().in("--script-args");
  return {};
}

void fill_pings(Options& options, const net::PingRights& rights) {
  if (!options.discovery || options.list_only || options.targets_from) return;
  options.arp_pings_asked = asks_neighbours(options, rights);
  options = with_usual_pings(std::move(options), rights);
}

}  // namespace

Options with_built_in_values(Options options, const SystemLimits& limits, const net::PingRights& rights) {
  const Budgets budgets = budgets_for(options, limits.descriptors, 0, limits.memory);
  const Milliseconds none{0};
  const auto host = host_timeout(options).value_or(none), script = script_timeout(options).value_or(none);
  const auto connections = detector_options(options, budgets.slots.total).connections;
  fill_ports(options);
  fill_pings(options, rights);
  fill_timing(options, budgets.timing);
  fill(options.host_timeout, host);
  fill(options.script_timeout, script);
  fill(options.version_connections, connections);
  fill(options.socket_slots, budgets.slots.total);
  fill(options.host_slots, budgets.slots.per_host);
  fill(options.script_memory, budgets.script_memory);
  fill(options.data_length, 0);
  return options;
}

Result<Options> effective_options(Options options, PlatformPort& platform) {
  if (Result<void> valid = check_options(options); !valid) return valid.error();
  const bool raw = platform.privileged(options.privileged);
  const net::PingRights rights = platform.ping_rights(options.family, raw);
  if (Result<void> valid = check_values(options, platform, rights); !valid) return valid.error();
  Options all = with_built_in_values(std::move(options), platform.limits(), rights);
  all.privileged = raw;
  return all;
}

}  // namespace sluice::engine
