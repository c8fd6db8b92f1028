// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/earlier_run.hpp>
#include <sluice/target_queue.hpp>
#include <string>
#include <vector>

namespace sluice {

/// Options of a run. A field corresponds to the option of the command that its comment names, and has the same default
/// and the same range; docs/options.md describes each option. "Unparsed" means text in the syntax of that option. An
/// empty std::optional means that the option is not given.
///
/// Engine::create checks all values and their combinations. The errors are those of the command, and name the options
/// as on the command line.
struct Options {
  using Milliseconds = std::chrono::milliseconds;

  // Targets

  std::vector<std::string> targets;         ///< addresses, networks, ranges and names, unparsed
  std::optional<std::string> input_list;    ///< -iL: path of a list of targets; "-" is standard input
  std::optional<std::string> targets_from;  ///< --targets-from: path of a list of open ports; "-" is standard input
  /// Targets that the embedder adds during the run, in addition to those of the other fields. Null means none.
  std::shared_ptr<TargetQueue> target_queue;
  std::vector<std::string> exclude;         ///< --exclude: one target per element, unparsed
  std::optional<std::string> exclude_file;  ///< --excludefile: path
  Family family = Family::Inet;             ///< -4, -6
  bool list_only = false;                   ///< -sL
  bool resolve_all = false;                 ///< --resolve-all: scan all addresses of a name, not only the first
  bool unique_targets = false;              ///< --unique: scan each address once
  bool shuffle_targets = false;             ///< --randomize-hosts: draw each target at random from the next 16384
  /// Part `number` of `count` parts of the targets. The parts are numbered from 1, and each target is in one of them.
  struct Part {
    unsigned number = 1, count = 1;  ///< 1 <= number <= count <= 65535
  };
  /// --shard: the run takes this part of the targets of the other fields. docs/options.md has the rule. Targets that
  /// scripts add are taken in any part.
  Part shard;
  /// The addresses whose names are looked up.
  enum class ReverseDns : std::uint8_t {
    UpOnly,  ///< those of hosts that are up
    Never,   ///< -n
    Always   ///< -R
  };
  ReverseDns reverse_dns = ReverseDns::UpOnly;
  std::vector<std::string> dns_servers;  ///< --dns-servers: addresses, each with or without a port; empty: the system's

  // Ports and scan

  std::optional<std::string> ports;          ///< -p, unparsed
  std::optional<std::string> exclude_ports;  ///< --exclude-ports, unparsed
  bool fast = false;                         ///< -F: the 100 most frequent ports
  std::optional<unsigned> top_ports;         ///< --top-ports: number of ports; 1 to 65536
  std::optional<double> port_ratio;          ///< --port-ratio: minimum frequency; 0 <= ratio < 1
  bool tcp_scan = true, udp_scan = false;    ///< -sT, -sU
  bool port_scan = true;                     ///< false: -sn
  bool discovery = true;                     ///< false: -Pn, all hosts count as up
  /// -PS, -PA, -PU: ports for host discovery, unparsed. "" means the default port: 80, 80, 40125.
  std::optional<std::string> syn_pings, ack_pings, udp_pings;
  bool echo_pings = false, timestamp_pings = false;  ///< -PE, -PP; -PP is for IPv4 only
  bool arp_pings = true;                             ///< false: --disable-arp-ping, --send-ip
  bool arp_pings_asked = false;                      ///< -PR
  /// True if a library in LD_PRELOAD directs connections through a proxy. Host discovery then sends ICMP and ARP only
  /// if echo_pings, timestamp_pings or arp_pings_asked is set.
  bool proxied = false;
  bool sequential = false;              ///< -r: probe ports in ascending order
  bool open_only = false;               ///< --open; for writers (WriterOptions), not used by the engine
  bool reason = false;                  ///< --reason; for writers, not used by the engine
  int timing = 3;                       ///< -T: 0 to 5
  std::optional<unsigned> max_retries;  ///< --max-retries: retransmissions of a probe; empty: 10, 6 or 2, by `timing`
  /// --initial-rtt-timeout, --min-rtt-timeout, --max-rtt-timeout: timeout of a probe before the first measurement, and
  /// bounds of each timeout; more than 0. Empty means the value of the timing template.
  /// --host-timeout: time after which a host is given up; 0 means none. Empty means none, or 15 minutes with timing 5.
  /// --scan-delay, --max-scan-delay: minimum time between two probes to one host; limit of that time after losses.
  std::optional<Milliseconds> initial_rtt_timeout, min_rtt_timeout, max_rtt_timeout, host_timeout, scan_delay,
      max_scan_delay;
  /// --min-rate, --max-rate: probes per second to all hosts together; 0.001 to 1e9.
  std::optional<double> min_rate, max_rate;
  /// --min-hostgroup, --max-hostgroup: bounds of the number of hosts that are scanned at the same time; at least 1.
  std::optional<unsigned> min_hostgroup, max_hostgroup;
  /// --min-parallelism: minimum number of probes in flight to one host; at least 1. --max-parallelism: limit of probes
  /// in flight to all hosts, and number of socket slots (at least 10 slots); at least 1.
  std::optional<unsigned> min_parallelism, max_parallelism;
  std::optional<std::string> interface;      ///< -e: name of a network interface
  std::optional<Address> source;             ///< -S
  std::optional<std::uint16_t> source_port;  ///< -g
  std::optional<int> ttl;                    ///< --ttl: 0 to 255; empty: the system's
  std::optional<unsigned> data_length;       ///< --data-length: 0 to 1400 bytes; used by scripts only
  /// True: --privileged. False: --unprivileged. Empty: the rights of the process decide.
  std::optional<bool> privileged;

  // Scripts

  bool scripts = false;                   ///< -sC, --script: run the scripts of script_rules
  std::vector<std::string> script_rules;  ///< --script, unparsed; empty: the default scripts
  /// --script-help: rules, unparsed. If not empty, the run only emits the descriptions of these scripts (event::Log).
  std::vector<std::string> script_help;
  bool update_script_db = false;  ///< --script-updatedb: write script.db before the run
  /// --script-args: unparsed. --script-args-file: path.
  std::optional<std::string> script_args, script_args_file;
  /// --script-timeout: time after which a script is killed; 0 means none. Empty means none, or 10 minutes with
  /// timing 5.
  std::optional<Milliseconds> script_timeout;
  /// --script-burst: CPU time that a script may use without waiting, over all slices, before it is killed. 0 means no
  /// limit.
  Milliseconds script_burst{60'000};
  /// --script-slice: CPU time that a script may use without waiting before it is preempted, and length of each slice
  /// after that. 0 means 1 s, and slices of 50 ms.
  Milliseconds script_slice{0};
  bool script_trace = false, packet_trace = false;  ///< --script-trace, --packet-trace
  bool unsafe_lua = false;                   ///< --unsafe-lua: scripts may crash the process (docs/unsafe-lua.md)
  std::optional<std::string> datadir;        ///< --datadir: directory
  std::optional<std::string> services_file;  ///< --servicedb: path

  // Version detection

  bool versions = false;                    ///< -sV
  int version_intensity = 7;                ///< --version-intensity: 0 to 9
  bool version_trace = false;               ///< --version-trace
  bool all_ports = false;                   ///< --allports: also ports that the file of service probes excludes
  std::optional<std::string> version_file;  ///< --versiondb: path of the file of service probes
  /// --version-patience: time after which a service that has sent nothing counts as one that does not speak first.
  /// Empty means that the silence rule of docs/versions.md applies.
  std::optional<Milliseconds> version_patience;
  /// --version-patience exact: the waiting times of Nmap, and one connection to a port at a time.
  bool version_exact = false;
  /// --version-connections: limit of connections to one port at a time; 1 to 64. Empty means 1, 2 with timing 3, 4 with
  /// timing 4, 8 with timing 5.
  std::optional<unsigned> version_connections;

  // Budgets and limits of the whole run

  /// --socket-slots: how many script threads, and connections of version detection, may have open sockets at the same
  /// time; at least 1. Empty means max_parallelism, but at least 10. Without that option it means a quarter of the
  /// descriptors, at most 1024.
  std::optional<unsigned> socket_slots;
  /// --host-slots: how many of these may be for one host; at least 1. Empty means 1 with timing 0 to 2. Otherwise it
  /// means all slots if their number is given by an option, else 20.
  std::optional<unsigned> host_slots;
  std::size_t receive_limit = 16u << 20;  ///< --receive-limit: bytes that one receive call of a script may gather
  /// --max-time: time from the start of the run after which it is ended as by Engine::stop(); more than 0. Empty means
  /// no limit.
  std::optional<Milliseconds> max_time;
  /// --script-memory: bytes that all scripts together may hold; 0 means no limit. Empty means half of the memory of the
  /// machine, at most 4 GiB.
  std::optional<std::size_t> script_memory;

  /// --workers: number of worker threads, including the thread that calls Engine::run; 0 means one per core. Each has a
  /// Lua state and a part of each budget. The engine uses fewer if a budget is too small for so many parts.
  unsigned workers = 1;

  /// --resume: what earlier attempts of the run have done. Null means that the run starts anew. The engine does not
  /// compare the other fields with those of the earlier attempts.
  std::shared_ptr<const EarlierRun> earlier;
  /// True if the states of ports are told while the scan of a host goes on (event::PortsScanned), so that the run can
  /// go on at its ports. Set it with a Journal.
  bool tells_ports = false;

  // Verbosity and progress output

  int verbosity = 0, debugging = 0;         ///< -v, -d: 0 to 10
  std::optional<Milliseconds> stats_every;  ///< --stats-every: interval of event::Stats; more than 0
  Milliseconds progress_every{30'000};      ///< interval of event::TaskProgress (verbosity 1 or more); more than 0
  /// Set if a user watches a terminal: the time until the first event::TaskProgress. The event then needs no verbosity.
  std::optional<Milliseconds> watched_after;
  std::vector<std::string> command_line;  ///< arguments in force, those of settings included; for event::RunStarted
  std::vector<std::string> typed_command_line;  ///< the same without those of settings; empty: there are none
};

}  // namespace sluice
