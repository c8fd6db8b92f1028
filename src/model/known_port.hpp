// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/json_objects.hpp"

namespace sluice::model {

/// An open port that another program found. Without an address, `hostname` must be resolved. With both, the hostname is
/// the name of the target (the TLS server name), so one address with two names is two hosts.
struct KnownPort {
  std::optional<Address> address;
  std::uint16_t port = 0;  ///< 1 to 65535
  Protocol protocol = Protocol::Tcp;
  std::string service;      ///< "" if unknown
  bool tls = false;         ///< true if the service uses TLS, whatever its name
  std::string hostname;     ///< ASCII; "" if unknown; not empty if there is no address
  Owned<Service> detected;  ///< result of version detection, with name and TLS; null if there was none
};

/// The meaning of the columns of a CSV file.
struct CsvColumns {
  /// Parses a header. Returns nothing if the line is no header, that is, if no column is named like one of addresses.
  static std::optional<CsvColumns> parse(std::string_view line);
  /// Parses a line with these columns. Returns its ports, or nothing if the line does not have the form of the header.
  [[nodiscard]] std::optional<Result<std::vector<KnownPort>>> ports(std::string_view line) const;

  std::size_t count = 0;
  std::optional<std::size_t> address{}, name{}, port{}, protocol{}, service{}, tls{};
  std::optional<std::size_t> success{}, state{};  ///< of zmap: "0" is a refusal; "open", "synack" or "rst"
};

/// Parses the lines of a file for `--targets-from`. Formats:
///
///   host:port[/protocol][,service[,hostname]]     host: IPv4, [IPv6] or a name; protocol: tcp, udp, sctp
///   address,port                                  zmap, without a header
///   https://host:8443/path [...]                  service, TLS and default port by the scheme
///   {"ip": "1.2.3.4", "port": 80, ...}            JSON of naabu and masscan, on one or several lines
///   saddr,sport                                   header of a CSV file (zmap, naabu); lines of these columns follow
///   Open 1.2.3.4:80                               RustScan
///   open tcp 80 1.2.3.4 1500000000                masscan -oL
///   Discovered open port 80/tcp on 1.2.3.4        masscan, terminal output
///   1.2.3.4 -> [80,443]                           RustScan --greppable
///   Host: 1.2.3.4 ()<tab>Ports: 80/open/tcp//http///    grepable reports (-oG) of Nmap, sluice and masscan
///
/// A "#" at the beginning or after white space starts a comment. Terminal escape sequences are removed. Blank lines,
/// headers, brackets, messages of scanners, and lines about ports that are not open, give no ports. Not thread-safe.
class KnownPortParser {
 public:
  /// Parses the next line and returns its open ports. If a JSON object over several lines ends in it, the ports are
  /// those of the object.
  /// Errors: the message describes the defect of the line, without the line number.
  Result<std::vector<KnownPort>> parse(std::string_view line);
  /// True if a JSON object has begun and has not ended.
  [[nodiscard]] bool open() const { return json_.open(); }
  /// True if an open JSON object cannot continue with `line`. REQUIRES: if true, end() is called before parse(line).
  [[nodiscard]] bool is_cut_off_by(std::string_view line) const;
  /// Drops an open JSON object and returns the error for it. Returns nothing if no object is open.
  std::optional<Error> end();

 private:
  bool is_decoration(std::string_view line);
  bool is_art(std::string_view line);

  std::optional<CsvColumns> columns_;  ///< of the last header
  JsonObjects json_;
  enum class Art : unsigned char { None, Banner, Quote };
  Art art_ = Art::None;  ///< the part of RustScan's banner that is expected next
  int art_lines_ = 0;    ///< number of banner lines so far
};

/// Parses a single line, without the formats that extend over several lines.
Result<std::vector<KnownPort>> parse_known_ports(std::string_view line);

}  // namespace sluice::model
