// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <sluice/report.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// The table of services from nmap-services: names of ports, and how often each port is found open. Names are valid as
/// long as the table exists, also after a move. Immutable; thread-safe.
class ServiceTable {
 public:
  ServiceTable() = default;
  ServiceTable(ServiceTable&&) = default;
  ServiceTable& operator=(ServiceTable&&) = default;

  /// Parses lines "name <tab> port/protocol <tab> ratio". The ratio is a decimal or "n/m" and may be missing. Comments
  /// are skipped. Of several lines for one port, the first counts. Invalid lines are counted in unread().
  static ServiceTable parse(std::string text);

  /// Lines that could not be parsed.
  struct Unread {
    std::size_t lines = 0, first = 0;  ///< number of lines, and line number of the first one
  };
  [[nodiscard]] const Unread& unread() const { return unread_; }

  /// Returns the name of a port; "" if it is not in the table, or is named "unknown" there.
  [[nodiscard]] std::string_view name(std::uint16_t port, Protocol protocol) const;
  /// True if the port is in the table, also if its name is "unknown".
  [[nodiscard]] bool known(std::uint16_t port, Protocol protocol) const;
  /// Returns how often the port is found open, from 0 to 1; 0 if it is not in the table.
  [[nodiscard]] double ratio(std::uint16_t port, Protocol protocol) const;
  /// Returns all ports of a protocol, ascending.
  [[nodiscard]] std::vector<std::uint16_t> ports(Protocol protocol) const;
  /// Returns the ports whose names match `mask` (`*`, `?`; case-insensitive), ascending.
  [[nodiscard]] std::vector<std::uint16_t> matching(std::string_view mask, Protocol protocol) const;
  /// Returns the `count` most frequent ports of `among` that are in the table, ascending. Of equally frequent ports,
  /// lower ones are preferred.
  [[nodiscard]] std::vector<std::uint16_t> most_frequent(std::vector<std::uint16_t> among, Protocol protocol,
                                                         std::size_t count) const;

 private:
  struct Entry {
    std::uint16_t port;
    std::string_view name;
    double ratio;
  };
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFF;
  /// Sorts by port, removes duplicates, and returns the index of each port.
  static std::vector<std::uint32_t> in_order(std::vector<Entry>& entries);
  [[nodiscard]] const Entry* find(std::uint16_t port, Protocol protocol) const;

  std::unique_ptr<const std::string> text_;  // at a fixed address, because names point into it
  Unread unread_;
  std::array<std::vector<Entry>, 3> entries_;         // by protocol; ascending ports, without duplicates
  std::array<std::vector<std::uint32_t>, 3> places_;  // by protocol and port: index in entries_, or kNowhere
};

}  // namespace sluice::model
