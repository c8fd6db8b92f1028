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

/// An open port that another program found. Where there is no address, `hostname` is to be resolved; where there are
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
  std::optional<std::size_t> address{}, name{}, port{}, protocol{}, service{}, tls{};
  std::optional<std::size_t> success{}, state{};  ///< of zmap: 0 for a refusal; "open", "synack", "rst"
};

/// Reads the lines of --targets-from, one after the other:
///
///   host:port[/protocol][,service[,hostname]]     host: IPv4, [IPv6] or a name; protocol: tcp, udp, sctp
///   address,port                                  zmap, without a header
///   https://host:8443/path [...]                  service and TLS by the scheme, and the port if there is none
///   {"ip": "1.2.3.4", "port": 80, ...}            JSON of naabu and masscan: objects on one line or over several
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
  /// Parses the next line. If a JSON object over several lines ends in it, the ports are those of the object.
  Result<std::vector<KnownPort>> parse(std::string_view line);
  /// True if a JSON object has begun and has not ended.
  [[nodiscard]] bool open() const { return json_.open(); }
  /// True if a JSON object has begun that cannot go on with this line. REQUIRES: end() before the line is parsed.
  [[nodiscard]] bool is_cut_off_by(std::string_view line) const;
  /// Drops a JSON object that has begun and has not ended, and returns the error for it; nothing if there is none.
  std::optional<Error> end();

 private:
  bool is_decoration(std::string_view line);
  bool is_art(std::string_view line);

  std::optional<CsvColumns> columns_;  ///< of the header that came last
  JsonObjects json_;
  enum class Art : unsigned char { None, Banner, Quote };
  Art art_ = Art::None;  ///< the opening of RustScan: what comes next of it
  int art_lines_ = 0;    ///< that have come
};

/// The same for a line that stands by itself.
Result<std::vector<KnownPort>> parse_known_ports(std::string_view line);

}  // namespace sluice::model
