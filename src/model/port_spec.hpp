#pragma once

#include <cstdint>
#include <optional>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "model/services.hpp"

namespace sluice::model {

/// Ports by protocol, each list ascending and without repetition.
struct PortLists {
  std::vector<std::uint16_t> tcp, udp, sctp;
  std::vector<std::uint16_t> ip_protocols;  ///< numbers after "P:", 0 to 255
  bool repeated = false;                    ///< a port was written twice; worth a warning

  [[nodiscard]] const std::vector<std::uint16_t>& of(Protocol protocol) const;
  [[nodiscard]] std::vector<std::uint16_t>& of(Protocol protocol);
};

/// What was asked for. With none of -p, -F, --top-ports and --port-ratio the 1000 most frequent ports are meant.
struct PortRequest {
  std::vector<Protocol> protocols{Protocol::Tcp};  ///< what a port without a prefix counts for
  std::optional<std::string> ports;                ///< -p
  const char* option = "-p";                       ///< what the error about them is to name
  std::optional<std::string> exclude;              ///< --exclude-ports, the grammar of -p
  bool fast = false;                               ///< -F: the 100 most frequent
  std::optional<unsigned> top;                     ///< --top-ports, at least 1
  std::optional<double> ratio;                     ///< --port-ratio, 0 <= ratio < 1
};

/// Reads the grammar of -p (cli.md 2):
///
///   list := item ("," item)* [","]        white space may stand around items
///   item := [("T"|"U"|"S"|"P") ":"] (number | [number] "-" [number] | mask | "[" list "]")
///
/// A prefix holds for the items after it too, inside brackets up to their end. A mask names services. Brackets keep
/// only ports that are in the table. The error names the culprit.
Result<PortLists> parse_ports(const std::string& text, const std::vector<Protocol>& protocols,
                              const ServiceTable& services);

/// The ports to scan: the list of -p (else all listed ones), without the excluded ones, of these the most frequent if
/// so many were asked for. A list may be empty, also for a requested protocol.
Result<PortLists> choose_ports(const PortRequest& request, const ServiceTable& services);

/// "80,7001-7002" for ascending ports; "" for none.
std::string ranges_text(const std::vector<std::uint16_t>& ports);

}  // namespace sluice::model
