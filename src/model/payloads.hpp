#pragma once

#include <cstdint>
#include <map>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// What is sent to a UDP port to make it answer, from the data file nmap-payloads or
/// another source.
class Payloads {
 public:
  /// Reads entries "udp PORTS STRING..." that may run over several lines; strings of one entry are joined and know C's
  /// escapes. Lines that begin with another word are passed over. The error tells the line.
  static Result<Payloads> parse(std::string_view text);

  /// Adds a payload behind those that the port has. Drops it if the port has 255.
  void add(std::uint16_t port, std::string payload);

  /// In the order of the file; none for a port without an entry, to which an empty datagram is sent.
  [[nodiscard]] const std::vector<std::string>& of(std::uint16_t port) const;

 private:
  std::map<std::uint16_t, std::vector<std::string>> by_port_;
};

}  // namespace sluice::model
