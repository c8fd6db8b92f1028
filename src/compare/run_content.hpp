// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <sluice/compare.hpp>
#include <string>
#include <vector>

#include "compare/text_pool.hpp"
#include "model/target_spec.hpp"

namespace sluice::compare {

/// Protocol and number of a port, in the order of reports.
using PortKey = std::uint32_t;
constexpr PortKey port_key(Protocol protocol, std::uint16_t number) {
  return (static_cast<PortKey>(protocol) << 16U) | number;
}
constexpr Protocol protocol_of(PortKey key) { return static_cast<Protocol>(key >> 16U); }
constexpr std::uint16_t number_of(PortKey key) { return static_cast<std::uint16_t>(key); }

struct PortRow {
  PortKey key = 0;
  PortState state = PortState::Closed;
  Text service = 0,       ///< pack_service()
      table_service = 0;  ///< name by the number of the port
};

struct ScriptRow {
  static constexpr PortKey kHost = 0xffffffff;  ///< the script has a host and no port
  PortKey port = kHost;
  Text id = 0, output = 0;
};

/// A report of a host. Several may have the same key: they are parts of one host.
struct HostRow {
  Address address;
  Text target_name = 0, reverse_name = 0, mac = 0;
  std::uint32_t first_port = 0, ports = 0, first_script = 0, scripts = 0;
  /// State of all ports of the scan without a PortRow, by protocol.
  std::array<std::optional<PortState>, 3> rest;
  bool listed_only = false;
  bool complete = true;      ///< what the report lacks, the host does not have
  bool ports_asked = false;  ///< the ports of the scan were scanned
};

/// A host that a run asked and does not report, because it is down.
struct SilentHost {
  Address address;
  Text target_name = 0;
};

/// The fields of a service, in the order of their values in pack_service().
inline constexpr std::array<std::string_view, 10> kServiceFields{
    "name", "product", "version", "extrainfo", "hostname", "ostype", "devicetype", "fingerprint", "tls", "cpe"};
/// Returns the values of the fields as one text, or "" if neither a probe nor a script has determined the service.
std::string pack_service(const PortReport& port);
/// Returns the value of each field. `packed`: not "".
std::array<std::string_view, kServiceFields.size()> unpack_service(std::string_view packed);

/// Returns an address as key: without its scope, which XML does not contain.
Address without_scope(const Address& address);

}  // namespace sluice::compare

namespace sluice {

/// Rows of a run. The rows of a host are adjacent; ports are sorted by key, scripts by port and id.
struct RunSummary::Content {
  compare::TextPool texts;
  std::vector<compare::HostRow> hosts;
  std::vector<compare::PortRow> ports;
  std::vector<compare::ScriptRow> scripts;
  std::vector<compare::SilentHost> silent;
  /// Results of prerules and of postrules, by the id of the script. A merged run can have several of one script.
  std::array<std::map<std::string, std::set<std::string>>, 2> phases;

  // What the run asked
  std::vector<std::string> arguments;
  std::array<std::bitset<65536>, 3> asked_ports;
  std::array<std::size_t, 3> asked_port_counts{};
  std::set<std::string, std::less<>> asked_scripts, skipped;
  bool has_starts = false;    ///< the events show each host that was asked
  bool answers_only = false;  ///< masscan: only hosts and ports that have answered are reported
  bool versions = false;      ///< -sV
  bool ended = false, stopped = false;
  std::size_t hosts_down = 0;

  // From the options, if they are known
  bool has_options = false, targets_known = false, open_only = false, no_reverse_names = false;
  std::vector<model::TargetSpec> targets;
  model::ExclusionSet excluded;
  std::vector<std::string> script_rules;

  /// Hosts that have started and not finished, with what the events show of them.
  std::map<std::pair<Address, std::string>, HostReport> pending;

  void add_host(const HostReport& host);
  /// Adds the hosts in `pending`. No effect if it was called before.
  void complete();
  /// True if the run asked a host that it does not report. `names`: those of the host in the other run.
  [[nodiscard]] bool asked_host(const std::vector<Address>& addresses, const std::vector<std::string>& names) const;
  [[nodiscard]] bool asked_port(compare::PortKey key) const {
    return asked_ports[static_cast<std::size_t>(compare::protocol_of(key))][compare::number_of(key)];
  }

 private:
  void add_ports(const HostReport& host, compare::HostRow& row);
  [[nodiscard]] bool in_targets(const Address& address, const std::vector<std::string>& names) const;
  bool completed_ = false;
};

}  // namespace sluice
