#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/target_queue.hpp>
#include <string>
#include <vector>

namespace sluice {

/// What a run is to do: the command line's meaning, free of its syntax. Defaults are the command's.
struct Options {
  using Milliseconds = std::chrono::milliseconds;

  // Targets
  std::vector<std::string> targets;         ///< specifications, unparsed
  std::optional<std::string> input_list;    ///< -iL: a path, "-" for standard input
  std::optional<std::string> targets_from;  ///< --targets-from: a path, "-" for standard input
  /// Targets that the embedder adds while the run goes on, besides those of the other fields. Null: none.
  std::shared_ptr<TargetQueue> target_queue;
  std::vector<std::string> exclude;  ///< --exclude, split at commas
  std::optional<std::string> exclude_file;
  Family family = Family::Inet;  ///< -6
  bool list_only = false;        ///< -sL
  bool resolve_all = false;
  bool unique_targets = false;   ///< --unique: each address once
  bool shuffle_targets = false;  ///< --randomize-hosts: in random order, among some thousand at a time
  enum class ReverseDns : std::uint8_t { UpOnly, Never, Always };
  ReverseDns reverse_dns = ReverseDns::UpOnly;  ///< -n, -R
  std::vector<std::string> dns_servers;

  // Ports and scan
  std::optional<std::string> ports;  ///< -p, unparsed
  std::optional<std::string> exclude_ports;
  bool fast = false;  ///< -F
  std::optional<unsigned> top_ports;
  std::optional<double> port_ratio;
  bool tcp_scan = true, udp_scan = false;                      ///< -sT, -sU
  bool port_scan = true;                                       ///< false: -sn
  bool discovery = true;                                       ///< false: -Pn
  std::optional<std::string> syn_pings, ack_pings, udp_pings;  ///< -PS, -PA, -PU: ports, unparsed; "": Nmap's default
  bool echo_pings = false, timestamp_pings = false;            ///< -PE, -PP
  bool arp_pings = true;                                       ///< false: --disable-arp-ping, --send-ip
  bool arp_pings_asked = false;                                ///< -PR
  /// A library leads connections through a proxy (LD_PRELOAD): only pings that were asked for are sent.
  bool proxied = false;
  bool sequential = false;  ///< -r
  bool open_only = false;   ///< --open
  bool reason = false;      ///< --reason
  int timing = 3;           ///< -T
  std::optional<unsigned> max_retries;
  std::optional<Milliseconds> initial_rtt_timeout, min_rtt_timeout, max_rtt_timeout, host_timeout, scan_delay,
      max_scan_delay;
  std::optional<double> min_rate, max_rate;  ///< probes per second
  std::optional<unsigned> min_hostgroup, max_hostgroup;
  std::optional<unsigned> min_parallelism, max_parallelism;
  std::optional<std::string> interface;      ///< -e
  std::optional<Address> source;             ///< -S
  std::optional<std::uint16_t> source_port;  ///< -g
  std::optional<int> ttl;
  std::optional<unsigned> data_length;
  std::optional<bool> privileged;  ///< --privileged, --unprivileged; else found out

  // Scripts
  bool scripts = false;                   ///< -sC or --script was given
  std::vector<std::string> script_rules;  ///< --script, unparsed
  std::vector<std::string> script_help;   ///< --script-help rules; the run prints help and ends
  bool update_script_db = false;          ///< --script-updatedb
  std::optional<std::string> script_args, script_args_file;
  std::optional<Milliseconds> script_timeout;
  Milliseconds script_burst{60'000};  ///< CPU time of a script without waiting until it is killed; 0: no bound
  Milliseconds script_slice{0};  ///< CPU time of a script without waiting until it is preempted; 0: 1 s, then 50 ms
  bool script_trace = false, packet_trace = false;
  bool unsafe_lua = false;  ///< scripts may use Lua functions that can crash the process (docs/unsafe-lua.md)
  std::optional<std::string> datadir;
  std::optional<std::string> services_file;  ///< --servicedb

  // Version detection
  bool versions = false;      ///< -sV
  int version_intensity = 7;  ///< 0 to 9: service probes of a higher rarity are sent only to ports that they list
  bool version_trace = false;
  bool all_ports = false;                   ///< --allports: those that the file of service probes excludes, too
  std::optional<std::string> version_file;  ///< --versiondb
  /// --version-patience: how long a peer may stay silent before the first probe; nothing: as long as no probe shows
  /// that its service does not speak first. `version_exact`: one connection at a time and Nmap's waits.
  std::optional<Milliseconds> version_patience;
  bool version_exact = false;
  std::optional<unsigned> version_connections;  ///< to one port at a time; nothing: by the timing template

  // Budgets
  std::optional<unsigned> socket_slots;   ///< --socket-slots: exactly so many
  std::optional<unsigned> host_slots;     ///< --host-slots
  std::size_t receive_limit = 16u << 20;  ///< bytes that one receive call may gather
  /// Bytes that all scripts together may take; 0: no bound; none: half of the machine's memory, at most 4 GiB.
  std::optional<std::size_t> script_memory;

  unsigned workers = 1;  ///< threads, each with a Lua state and its part of the budgets; 0: one for each core

  // Talk
  int verbosity = 0, debugging = 0;
  std::optional<Milliseconds> stats_every;
  Milliseconds progress_every{30'000};  ///< how often progress is told with -v
  /// A user watches at a terminal: the first progress is told after so long, and without -v as well.
  std::optional<Milliseconds> watched_after;
  std::vector<std::string> command_line;  ///< as typed, for the reports
};

}  // namespace sluice
