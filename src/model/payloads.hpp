// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// Payloads that make UDP services respond, by port: those of the data file nmap-payloads, and those that are added.
/// Not thread-safe while add() is called.
class Payloads {
 public:
  /// Parses entries "udp PORTS STRING...", which may extend over several lines. The strings of an entry are joined;
  /// they have the escapes of C. Lines with another first word are ignored.
  /// Errors: the message names the line.
  static Result<Payloads> parse(std::string_view text);

  /// Appends a payload to those of `port`. Has no effect if the port has 255 payloads.
  void add(std::uint16_t port, std::string payload);

  /// Returns the payloads of `port` in the order in which they were added. If there are none, an empty datagram is
  /// sent.
  [[nodiscard]] const std::vector<std::string>& of(std::uint16_t port) const;

 private:
  std::map<std::uint16_t, std::vector<std::string>> by_port_;
};

}  // namespace sluice::model
