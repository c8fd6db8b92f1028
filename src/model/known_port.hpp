#pragma once

#include <cstdint>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// An open port that somebody else found. Where there is no address, `hostname` is to be resolved; where there are
/// both, the hostname is what the host is called (its TLS server name), so one address under two names is two hosts.
struct KnownPort {
  std::optional<Address> address;
  std::uint16_t port = 0;  ///< never 0
  Protocol protocol = Protocol::Tcp;
  std::string service;      ///< "" if not told
  bool tls = false;         ///< the service speaks it, under whatever name
  std::string hostname;     ///< ASCII; "" if not told; not empty without an address
  Owned<Service> detected;  ///< by version detection, name and TLS included; absent if it did not look
};

/// The columns of a CSV file, by its header.
struct CsvColumns {
  /// Nothing if the line is no header: no column of it is called as one with addresses is.
  static std::optional<CsvColumns> parse(std::string_view line);
  /// The ports of a line; nothing if it does not fit the header.
  [[nodiscard]] std::optional<Result<std::vector<KnownPort>>> ports(std::string_view line) const;

  std::size_t count = 0;
  std::optional<std::size_t> address{}, name{}, port{}, protocol{}, service{};
  std::optional<std::size_t> success{}, state{};  ///< of zmap: 0 for a refusal; "open", "synack", "rst"
};

/// Reads the lines of --targets-from, one after the other:
///
///   host:port[/protocol][,service[,hostname]]     host: IPv4, [IPv6] or a name; protocol: tcp, udp, sctp
///   address,port                                  zmap, without a header
///   https://host:8443/path [...]                  service and TLS by the scheme, and the port if there is none
///   {"ip": "1.2.3.4", "port": 80, ...}            JSON of naabu and masscan, an object or more on a line
///   saddr,sport                                   the header of a CSV file (zmap, naabu), then lines of these columns
///   Open 1.2.3.4:80                               RustScan
///   open tcp 80 1.2.3.4 1500000000                masscan -oL
///   Discovered open port 80/tcp on 1.2.3.4        masscan's terminal
///   1.2.3.4 -> [80,443]                           RustScan --greppable
///   Host: 1.2.3.4 ()<tab>Ports: 80/open/tcp//http///    grepable reports (-oG) of Nmap, sluice and masscan
///
/// "#" at the start or behind white space comments out the rest. Colour codes are dropped. Blank lines, headers,
/// brackets and messages of scanners, and lines about anything but an open port give nothing. The error tells what is
/// wrong with the line, whose number only the caller knows.
class KnownPortParser {
 public:
  Result<std::vector<KnownPort>> parse(std::string_view line);

 private:
  bool is_decoration(std::string_view line);

  std::optional<CsvColumns> columns_;  ///< of the header that came last
  bool in_art_ = false;
};

/// The same for a line that stands by itself.
Result<std::vector<KnownPort>> parse_known_ports(std::string_view line);

}  // namespace sluice::model
