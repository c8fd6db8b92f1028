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

/// A `match` or `softmatch` line. The views point into the text of its ProbeFile.
struct MatchLine {
  std::string_view service;  ///< as written, "ssl/http" included
  std::string_view pattern;  ///< for PCRE2, escapes included
  std::string_view fields;   ///< what stands behind the flags; the syntax is checked, see take_field
  std::uint32_t number = 0;  ///< line of the file, from 1
  bool soft = false;
  bool ignore_case = false;  ///< flag `i`
  bool dot_all = false;      ///< flag `s`
};

/// A set of ports in the order in which a line of the file names them.
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

/// A service probe: what is sent, and the lines that the response is matched against.
struct Probe {
  Protocol protocol = Protocol::Tcp;
  std::string_view name;
  std::string payload;       ///< bytes to send; empty for NULL, which only listens
  bool no_payload = false;   ///< not to be sent by a port scan
  std::uint32_t number = 0;  ///< line of the file, from 1
  std::uint32_t index = 0;   ///< place in ProbeFile::probes()
  int rarity = 5;            ///< 1 to 9; 5 is Nmap's for a probe without the directive
  std::chrono::milliseconds total_wait{5000};
  std::chrono::milliseconds tcp_wrapped{2000};
  PortRanges ports, ssl_ports;
  std::vector<std::uint32_t> fallbacks;  ///< indexes, in the order of the directive
  std::vector<MatchLine> lines;          ///< in the order of the file

  [[nodiscard]] bool is_null() const noexcept { return payload.empty(); }
  /// True if a line, soft or not, is for this service. `service` as MatchLine has it. O(lines).
  [[nodiscard]] bool has_line_for(std::string_view service) const noexcept;
};

/// The content of an nmap-service-probes file. Movable; views into it stay valid when it moves. Immutable after
/// parsing, and then thread-safe.
class ProbeFile {
 public:
  /// Reads the grammar of docs/nse-compat.md, "The service probes". Compiles no pattern (check_patterns does).
  /// Errors: "PATH:LINE: CAUSE".
  static Result<ProbeFile> parse(std::string text, std::string path);
  /// Reads and parses the file. Blocks. Errors: those of read_bytes and parse.
  static Result<ProbeFile> read(const std::string& path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::vector<Probe>& probes() const noexcept { return probes_; }
  /// The probe that only listens, or nullptr if the file has none.
  [[nodiscard]] const Probe* null_probe() const noexcept;
  /// The ports of `Exclude` in the grammar of -p, "" without that directive; its line, for messages.
  [[nodiscard]] std::string_view excluded_ports() const noexcept { return excluded_; }
  [[nodiscard]] std::uint32_t exclude_line() const noexcept { return exclude_line_; }
  /// "PATH:LINE", for messages about a line.
  [[nodiscard]] std::string place(std::uint32_t line) const { return path_ + ":" + std::to_string(line); }

  /// True if at least half of the service's `match` lines stand under NULL: the server of such a service speaks first.
  /// `service` as MatchLine has it. False for an unknown service.
  [[nodiscard]] bool server_first(std::string_view service) const noexcept;

 private:
  friend class ProbeFileParser;
  struct LineCounts {
    std::uint32_t null = 0, all = 0;
  };

  ProbeFile(std::string text, std::string path);

  std::unique_ptr<const std::string> text_;  // on the heap, so that views outlive a move
  std::string path_;
  std::vector<Probe> probes_;
  std::unordered_map<std::string_view, LineCounts> services_;
  std::string_view excluded_;
  std::uint32_t exclude_line_ = 0;
  std::int64_t null_ = -1;
};

/// The payloads of a UDP port scan where nmap-payloads does not exist: for each port the UDP probes that list it in
/// `ports` and do not say `no-payload`, in the order of the file.
model::Payloads udp_payloads(const ProbeFile& file);

}  // namespace sluice::service
