// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/options.hpp>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "engine/version_plan.hpp"
#include "model/data_files.hpp"
#include "model/payloads.hpp"
#include "model/port_spec.hpp"
#include "model/services.hpp"
#include "net/pinger.hpp"

namespace sluice::engine {

/// The probes of the discovery and the port scan of every host, and the tables that scans and reports need. Created
/// before the run. Immutable; thread-safe.
struct ScanPlan {
  model::ServiceTable services;
  model::Payloads payloads;
  std::vector<std::uint16_t> tcp, udp;              ///< ports of the port scan; both empty: no port scan
  std::vector<std::uint16_t> tcp_pings, udp_pings;  ///< ports of the discovery
  std::vector<net::Ping> pings;                     ///< pings of the discovery, sent in addition
  bool asks_neighbours = false;  ///< hosts on an Ethernet link are discovered by ARP or neighbour discovery instead
  bool knows_own = false;        ///< addresses of this machine are up without a probe
  std::vector<event::RunStarted::Scan> scans;
  std::vector<std::string> warnings;    ///< without a full stop
  std::optional<VersionPlan> versions;  ///< empty without -sV

  /// Returns the number of ports of the port scan.
  [[nodiscard]] std::size_t port_count() const noexcept { return tcp.size() + udp.size(); }
};

/// Reads the tables, and evaluates the options for ports, pings and version detection. `rights`: the pings that the
/// system allows. Errors: InvalidOption if an option or a file is wrong; UnreadableFile if a file is missing.
Result<ScanPlan> plan_scan(const Options& options, const model::DataFiles& files, const net::PingRights& rights);

/// The part of plan_scan() that depends on the services of `plan` only: evaluates the options for ports and pings.
/// Errors: InvalidOption if an option is wrong.
Result<void> plan_ports(ScanPlan& plan, const Options& options, const net::PingRights& rights);

/// True if hosts on an Ethernet link are discovered by ARP or neighbour discovery.
bool asks_neighbours(const Options& options, const net::PingRights& rights);
/// Returns the options with the pings of a run whose options name none (docs/options.md, "Host discovery").
Options with_usual_pings(Options options, const net::PingRights& rights);

/// Returns the error for a data file of Nmap that was not found, with the remedy.
Error missing_data(const std::string& name);

}  // namespace sluice::engine
