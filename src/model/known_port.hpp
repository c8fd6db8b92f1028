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
  std::string hostname;     ///< "" if not told; not empty without an address
  Owned<Service> detected;  ///< by version detection, name and TLS included; absent if it did not look
};

/// Reads one line of --targets-from:
///
///   host:port[/protocol][,service[,hostname]]     host: IPv4, [IPv6] or a name; protocol: tcp, udp, sctp
///   open tcp 80 1.2.3.4 1500000000                masscan -oL
///   Discovered open port 80/tcp on 1.2.3.4        masscan's terminal
///   1.2.3.4 -> [80,443]                           RustScan --greppable
///   Host: 1.2.3.4 ()<tab>Ports: 80/open/tcp//http///    grepable reports (-oG) of Nmap, sluice and masscan
///
/// "#" at the start or behind white space comments out the rest. Blank lines, lines of masscan about anything but an
/// open port, and those of grepable reports without one give nothing. The error tells what is wrong with the line,
/// whose number only the caller knows.
Result<std::vector<KnownPort>> parse_known_ports(std::string_view line);

}  // namespace sluice::model
