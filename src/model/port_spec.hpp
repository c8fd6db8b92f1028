// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "model/services.hpp"

namespace sluice::model {

/// Ports by protocol. Each list is ascending and has no duplicates.
struct PortLists {
  std::vector<std::uint16_t> tcp, udp, sctp;
  std::vector<std::uint16_t> ip_protocols;  ///< numbers after "P:", 0 to 255
  bool repeated = false;                    ///< true if a port was given twice, which causes a warning

  [[nodiscard]] const std::vector<std::uint16_t>& of(Protocol protocol) const;
  [[nodiscard]] std::vector<std::uint16_t>& of(Protocol protocol);
};

constexpr unsigned kUsualPortCount = 1000;  ///< without an option that selects ports
constexpr unsigned kFastPortCount = 100;    ///< -F

/// Options that select ports. Without `-p`, `-F`, `--top-ports` and `--port-ratio`, they select the
/// kUsualPortCount most frequent ports.
struct PortRequest {
  std::vector<Protocol> protocols{Protocol::Tcp};  ///< protocols of a port without a prefix
  std::optional<std::string> ports;                ///< -p
  const char* option = "-p";                       ///< name of the option in errors about `ports`
  std::optional<std::string> exclude;              ///< --exclude-ports, in the grammar of -p
  bool fast = false;                               ///< -F: the kFastPortCount most frequent ports
  std::optional<unsigned> top;                     ///< --top-ports, at least 1
  std::optional<double> ratio;                     ///< --port-ratio, 0 <= ratio < 1
};

/// Parses the grammar of `-p`:
///
///   list := item ("," item)* [","]        with optional white space around items
///   item := [("T"|"U"|"S"|"P") ":"] (number | [number] "-" [number] | mask | "[" list "]")
///
/// A prefix also applies to the items after it; in brackets up to their end. A mask selects services by name, with `*`
/// and `?`. Brackets keep only ports that are in the table. `protocols`: those of ports without a prefix.
/// Errors: the message quotes the wrong part. Thread-safe.
Result<PortLists> parse_ports(const std::string& text, const std::vector<Protocol>& protocols,
                              const ServiceTable& services);

/// Returns the ports to scan. Starts with the list of `-p`, or all ports of the table; removes the excluded ports;
/// keeps the most frequent ones if their number or ratio is given. A list may be empty, also for a requested protocol.
Result<PortLists> choose_ports(const PortRequest& request, const ServiceTable& services);

/// Returns ascending ports as text, for example "80,7001-7002"; "" for none.
std::string ranges_text(const std::vector<std::uint16_t>& ports);

}  // namespace sluice::model
