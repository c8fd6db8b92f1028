// SPDX-License-Identifier: Apache-2.0
#include "engine/check_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::engine {

namespace {

using Done = Result<void>;

// Values

constexpr std::int64_t kMany = 1'000'000'000;
constexpr std::int64_t kMaxLevel = 10;
constexpr std::size_t kMaxBytes = 1'000'000'000'000'000;
/// About 30 years. Sums of such times do not overflow.
constexpr Options::Milliseconds kMaxTime{1'000'000'000'000};

Done is_time(std::string_view name, const std::optional<Options::Milliseconds>& time, bool may_be_zero) {
  if (!time) return {};
  if (!may_be_zero && time->count() == 0) return Error{fmt::format("{}: must be more than 0", name)};
  if (time->count() >= 0 && *time <= kMaxTime) return {};
  return Error{fmt::format("{}: {} ms is not between 0 and {} ms", name, time->count(), kMaxTime.count())};
}

Done check_times(const Options& options) {
  struct Time {
    const char* name;
    std::optional<Options::Milliseconds> time;
    bool may_be_zero = false;
  };
  constexpr bool kMayBeZero = true;
  const Time times[] = {
      {"--initial-rtt-timeout", options.initial_rtt_timeout},
      {"--min-rtt-timeout", options.min_rtt_timeout},
      {"--max-rtt-timeout", options.max_rtt_timeout},
      {"--host-timeout", options.host_timeout, kMayBeZero},
      {"--max-time", options.max_time},
      {"--scan-delay", options.scan_delay, kMayBeZero},
      {"--max-scan-delay", options.max_scan_delay, kMayBeZero},
      {"--script-timeout", options.script_timeout, kMayBeZero},
      {"--script-burst", options.script_burst, kMayBeZero},
      {"--script-slice", options.script_slice, kMayBeZero},
      {"--version-patience", options.version_patience, kMayBeZero},
      {"--stats-every", options.stats_every},
      {"Options::progress_every", options.progress_every},
      {"Options::watched_after", options.watched_after, kMayBeZero},
  };
  for (const auto& [name, time, may_be_zero] : times)
    if (Done done = is_time(name, time, may_be_zero); !done) return done;
  return {};
}

Done check_texts(const Options& options) {
  const std::pair<const char*, const std::optional<std::string>&> texts[] = {
      {"-iL", options.input_list},
      {"--targets-from", options.targets_from},
      {"--excludefile", options.exclude_file},
      {"-p", options.ports},
      {"--exclude-ports", options.exclude_ports},
      {"-e", options.interface},
      {"--script-args-file", options.script_args_file},
      {"--datadir", options.datadir},
      {"--servicedb", options.services_file},
      {"--versiondb", options.version_file},
  };
  for (const auto& [name, text] : texts)
    if (text && text->empty()) return Error{fmt::format("{}: the value is empty", name)};
  const std::pair<const char*, const std::vector<std::string>&> lists[] = {
      {"--script", options.script_rules},
      {"--script-help", options.script_help},
  };
  for (const auto& [name, list] : lists)
    if (std::ranges::count(list, "") > 0) return Error{fmt::format("{}: the value is empty", name)};
  return {};
}

Done check_numbers(const Options& options) {
  struct Number {
    const char* name;
    std::optional<std::int64_t> number;
    std::int64_t least, most;
  };
  const Number numbers[] = {
      {"--top-ports", options.top_ports, 1, 65536},
      {"--ttl", options.ttl, 0, 255},
      {"--data-length", options.data_length, 0, 1400},
      {"-T", options.timing, 0, 5},
      {"--max-retries", options.max_retries, 0, 255},
      {"--min-hostgroup", options.min_hostgroup, 1, kMany},
      {"--max-hostgroup", options.max_hostgroup, 1, kMany},
      {"--min-parallelism", options.min_parallelism, 1, kMany},
      {"--max-parallelism", options.max_parallelism, 1, kMany},
      {"--version-intensity", options.version_intensity, 0, 9},
      {"--version-connections", options.version_connections, 1, 64},
      {"--socket-slots", options.socket_slots, 1, kMany},
      {"--host-slots", options.host_slots, 1, kMany},
      {"--workers", options.workers, 0, 1024},
      {"-d", options.debugging, 0, kMaxLevel},
      {"-v", options.verbosity, 0, kMaxLevel},
  };
  for (const auto& [name, number, least, most] : numbers)
    if (number && (*number < least || *number > most))
      return Error{fmt::format("{}: {} is not between {} and {}", name, *number, least, most)};
  return {};
}

Done check_sizes(const Options& options) {
  if (options.receive_limit < 1 || options.receive_limit > kMaxBytes)
    return Error{fmt::format("--receive-limit: {} is not between 1 and {} bytes", options.receive_limit, kMaxBytes)};
  if (options.script_memory > kMaxBytes)
    return Error{fmt::format("--script-memory: {} is not between 0 and {} bytes", *options.script_memory, kMaxBytes)};
  return {};
}

Done check_rates(const Options& options) {
  const std::pair<const char*, std::optional<double>> rates[] = {{"--min-rate", options.min_rate},
                                                                 {"--max-rate", options.max_rate}};
  for (const auto& [name, rate] : rates)
    if (rate && !(*rate >= 1e-3 && *rate <= 1e9))  // false for a NaN
      return Error{fmt::format("{}: {} is not between 0.001 and 1000000000 probes per second", name, *rate)};
  if (options.port_ratio && !(*options.port_ratio >= 0 && *options.port_ratio < 1))
    return Error{fmt::format("--port-ratio: {} is not a number of at least 0 and below 1", *options.port_ratio)};
  return {};
}

Done check_part(const Options& options) {
  constexpr unsigned kMaxParts = 65535;
  const auto [number, count] = options.shard;
  if (count < 1 || count > kMaxParts)
    return Error{fmt::format("--shard {}/{}: the number of parts is not between 1 and {}", number, count, kMaxParts)};
  if (number < 1 || number > count)
    return Error{
        fmt::format("--shard {0}/{1}: the part is not between 1 and {1}; the first part is 1/{1}", number, count)};
  return {};
}

// Combinations

std::string text_of(const Options::Milliseconds& time) { return fmt::format("{} ms", time.count()); }
template <class T>
std::string text_of(const T& number) {
  return fmt::format("{}", number);
}

/// Checks that the first value is not above the second, if both are given.
template <class T>
Done in_order(std::string_view low_name, const std::optional<T>& low, std::string_view high_name,
              const std::optional<T>& high) {
  if (low && high && *low > *high)
    return Error{fmt::format("{} {}: is more than {} {}", low_name, text_of(*low), high_name, text_of(*high))};
  return {};
}

Done check_order(const Options& options) {
  const Done checked[] = {
      in_order("--min-hostgroup", options.min_hostgroup, "--max-hostgroup", options.max_hostgroup),
      in_order("--min-parallelism", options.min_parallelism, "--max-parallelism", options.max_parallelism),
      in_order("--min-rate", options.min_rate, "--max-rate", options.max_rate),
      in_order("--min-rtt-timeout", options.min_rtt_timeout, "--max-rtt-timeout", options.max_rtt_timeout),
      in_order("--initial-rtt-timeout", options.initial_rtt_timeout, "--max-rtt-timeout", options.max_rtt_timeout),
      in_order("--scan-delay", options.scan_delay, "--max-scan-delay", options.max_scan_delay),
  };
  for (const Done& done : checked)
    if (!done) return done;
  return {};
}

/// True if -F was given. --servicedb sets Options::fast, too, but excludes no other option.
bool is_fast(const Options& options) { return options.fast && !options.services_file; }

bool names_ports(const Options& options) {
  return options.ports || is_fast(options) || options.top_ports || options.port_ratio;
}

bool names_pings(const Options& options) { return options.syn_pings || options.ack_pings || options.udp_pings; }

/// True if other kinds of scan were chosen than the default.
bool chooses_scans(const Options& options) { return options.udp_scan || !options.tcp_scan; }

Done check_ports(const Options& options) {
  if (is_fast(options) && options.ports)
    return Error{"-F and -p exclude each other; --top-ports and --port-ratio choose from the ports of -p"};
  if (options.port_scan && !options.list_only) return {};
  const std::string_view mode = options.list_only ? "-sL" : "-sn";
  if (chooses_scans(options)) return Error{fmt::format("{} scans no ports: it excludes -sT, -sS and -sU", mode)};
  if (names_ports(options))
    return Error{fmt::format("{} scans no ports: it excludes -p, -F, --top-ports and --port-ratio", mode)};
  if (options.list_only && (options.exclude_ports || names_pings(options)))
    return Error{"-sL probes no ports: it excludes --exclude-ports, -PS, -PA and -PU"};
  return {};
}

Done check_targets(const Options& options) {
  if (!options.targets_from) return {};
  if (!options.targets.empty() || options.input_list)
    return Error{"--targets-from names the targets: it excludes -iL and targets on the command line"};
  if (!options.port_scan || options.list_only || chooses_scans(options) || options.exclude_ports ||
      names_ports(options) || names_pings(options) || options.echo_pings || options.timestamp_pings ||
      options.arp_pings_asked)
    return Error{
        "--targets-from names the ports, and nothing is scanned: it excludes -s (except -sV and -sC), -p, "
        "--exclude-ports, -F, --top-ports, --port-ratio, -PE, -PP, -PR, -PS, -PA and -PU"};
  return {};
}

Done check_source(const Options& options) {
  if (!options.source || options.source->family() == options.family) return {};
  return Error{fmt::format("-S {}: is not an IPv{}", options.source->text(),
                           options.family == Family::Inet ? "4 address; add -6" : "6 address; leave -6 out")};
}

Done check_patience(const Options& options) {
  if (!options.version_exact) return {};
  if (options.version_connections.value_or(1) > 1)
    return Error{
        "--version-patience exact makes one connection to a port at a time: it excludes --version-connections"};
  if (options.version_patience) return Error{"--version-patience is exact or a time, not both"};
  return {};
}

}  // namespace

Result<void> check_options(const Options& options) {
  for (const auto check : {check_times, check_texts, check_numbers, check_sizes, check_rates, check_part, check_ports,
                           check_targets, check_source, check_order, check_patience})
    if (Done done = check(options); !done) return done;
  return {};
}

}  // namespace sluice::engine
