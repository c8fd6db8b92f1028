// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/payloads.hpp"

namespace sluice::service {

/// A `match` or `softmatch` line. The views refer to the text of its ProbeFile.
struct MatchLine {
  std::string_view service;  ///< as in the file, with "ssl/"
  std::string_view pattern;  ///< for PCRE2, with its escapes
  std::string_view fields;   ///< the text after the flags; its syntax has been checked (take_field)
  std::uint32_t number = 0;  ///< line number in the file; 1 is the first
  bool soft = false;
  bool ignore_case = false;  ///< flag `i`
  bool dot_all = false;      ///< flag `s`
};

/// A set of ports, in the order of the line in the file.
class PortRanges {
 public:
  struct Range {
    std::uint16_t first, last;
  };
  void add(Range range) { ranges_.push_back(range); }
  [[nodiscard]] bool contains(std::uint16_t port) const noexcept;
  [[nodiscard]] const std::vector<Range>& ranges() const noexcept { return ranges_; }

 private:
  std::vector<Range> ranges_;
};

/// A service probe: the bytes to send, and the lines for the response.
struct Probe {
  Protocol protocol = Protocol::Tcp;
  std::string_view name;
  std::string payload;       ///< bytes to send; empty for NULL, which only receives
  bool no_payload = false;   ///< true if a port scan must not send it
  std::uint32_t number = 0;  ///< line number in the file; 1 is the first
  std::uint32_t index = 0;   ///< index in ProbeFile::probes()
  int rarity = 5;            ///< 1 to 9; 5 if the file does not set it, as in Nmap
  std::chrono::milliseconds total_wait{5000};
  std::chrono::milliseconds tcp_wrapped{2000};
  PortRanges ports, ssl_ports;
  std::vector<std::uint32_t> fallbacks;  ///< indices in ProbeFile::probes(), in the order of the directive
  std::vector<MatchLine> lines;          ///< in the order of the file

  [[nodiscard]] bool is_null() const noexcept { return payload.empty(); }
  /// True if a line, soft or hard, has this service. `service`: in the form of MatchLine. O(lines).
  [[nodiscard]] bool has_line_for(std::string_view service) const noexcept;
};

/// The contents of an nmap-service-probes file. Movable; views into it stay valid after a move. Immutable after
/// parsing; thread-safe.
class ProbeFile {
 public:
  /// Parses the grammar of docs/nse-compat.md, "The service probes". Does not compile patterns (see check_patterns).
  /// Errors: "PATH:LINE: CAUSE".
  static Result<ProbeFile> parse(std::string text, std::string path);
  /// Reads and parses a file. Blocks. Errors: those of read_bytes and parse.
  static Result<ProbeFile> read(const std::string& path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::vector<Probe>& probes() const noexcept { return probes_; }
  /// Returns the probe that sends nothing, or nullptr if the file has none.
  [[nodiscard]] const Probe* null_probe() const noexcept;
  /// Return the ports of `Exclude` in the grammar of -p ("" without the directive), and its line number.
  [[nodiscard]] std::string_view excluded_ports() const noexcept { return excluded_; }
  [[nodiscard]] std::uint32_t exclude_line() const noexcept { return exclude_line_; }
  /// Returns "PATH:LINE".
  [[nodiscard]] std::string place(std::uint32_t line) const { return path_ + ":" + std::to_string(line); }

  /// True if at least half of the `match` lines of the service are those of NULL: servers of this service speak first.
  /// `service`: in the form of MatchLine. False for an unknown service.
  [[nodiscard]] bool server_first(std::string_view service) const noexcept;

 private:
  friend class ProbeFileParser;
  struct LineCounts {
    std::uint32_t null = 0, all = 0;
  };

  ProbeFile(std::string text, std::string path);

  std::unique_ptr<const std::string> text_;  // at a fixed address, so that views stay valid after a move
  std::string path_;
  std::vector<Probe> probes_;
  std::unordered_map<std::string_view, LineCounts> services_;
  std::string_view excluded_;
  std::uint32_t exclude_line_ = 0;
  std::int64_t null_ = -1;
};

/// Returns payloads for a UDP port scan if the data files have no nmap-payloads. For each port, these are the payloads
/// of the UDP probes that list it in `ports`, without `no-payload`, in the order of the file.
model::Payloads udp_payloads(const ProbeFile& file);

}  // namespace sluice::service
