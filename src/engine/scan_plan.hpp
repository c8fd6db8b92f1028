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

/// What is to be scanned of every host, and the tables that scans and reports need. Does not change during the run.
struct ScanPlan {
  model::ServiceTable services;
  model::Payloads payloads;
  std::vector<std::uint16_t> tcp, udp;              ///< ports to probe; none: no scan
  std::vector<std::uint16_t> tcp_pings, udp_pings;  ///< ports that tell whether a host is up; none: nobody is asked
  std::vector<net::Ping> pings;                     ///< by ICMP, sent beside those
  bool asks_neighbours = false;  ///< ARP or neighbour discovery instead of all these, for hosts on an Ethernet link
  bool knows_own = false;        ///< this machine's own addresses are up without a probe
  std::vector<event::RunStarted::Scan> scans;
  std::vector<std::string> warnings;
  std::optional<VersionPlan> versions;  ///< with -sV

  [[nodiscard]] std::size_t port_count() const noexcept { return tcp.size() + udp.size(); }
};

/// Reads the tables and the options about ports and pings. `rights`: the pings that the system allows. The error is
/// the user's, or tells what is missing.
Result<ScanPlan> plan_scan(const Options& options, const model::DataFiles& files, const net::PingRights& rights);

/// What to do when one of Nmap's data files was not found.
Error missing_data(const std::string& name);

}  // namespace sluice::engine
