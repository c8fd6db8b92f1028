#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <sluice/report.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// The table of services in nmap-services: names of ports, and how often each port is found open. Names live as long
/// as the table, also when it is moved. Immutable, so any thread may read it.
class ServiceTable {
 public:
  ServiceTable() = default;
  ServiceTable(ServiceTable&&) = default;
  ServiceTable& operator=(ServiceTable&&) = default;

  /// From lines "name <tab> port/protocol <tab> ratio", where the ratio is a decimal or "n/m" and may be absent.
  /// Comments are skipped; of two lines for one port the first counts. Lines that it cannot read are counted.
  static ServiceTable parse(std::string text);

  /// Lines that could not be read.
  struct Unread {
    std::size_t lines = 0, first = 0;  ///< how many, and the number of the first
  };
  [[nodiscard]] const Unread& unread() const { return unread_; }

  /// "" for a port that is not listed, or listed as "unknown".
  [[nodiscard]] std::string_view name(std::uint16_t port, Protocol protocol) const;
  /// Is the port listed, be it as "unknown"?
  [[nodiscard]] bool known(std::uint16_t port, Protocol protocol) const;
  /// How often the port is found open, 0 to 1.
  [[nodiscard]] double ratio(std::uint16_t port, Protocol protocol) const;
  /// All listed ports of a protocol, ascending.
  [[nodiscard]] std::vector<std::uint16_t> ports(Protocol protocol) const;
  /// Listed ports whose name fits the mask (`*`, `?`; without regard to case), ascending.
  [[nodiscard]] std::vector<std::uint16_t> matching(std::string_view mask, Protocol protocol) const;
  /// The `count` most frequent of the given ports that are listed; of equals the lower port. Ascending.
  [[nodiscard]] std::vector<std::uint16_t> most_frequent(std::vector<std::uint16_t> among, Protocol protocol,
                                                         std::size_t count) const;

 private:
  struct Entry {
    std::uint16_t port;
    std::string_view name;
    double ratio;
  };
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFF;
  /// Sorts by port, leaves each once, and returns where each port stands.
  static std::vector<std::uint32_t> in_order(std::vector<Entry>& entries);
  [[nodiscard]] const Entry* find(std::uint16_t port, Protocol protocol) const;

  std::unique_ptr<const std::string> text_;  // stays where it is: names point into it
  Unread unread_;
  std::array<std::vector<Entry>, 3> entries_;         // by protocol; ascending ports, each once
  std::array<std::vector<std::uint32_t>, 3> places_;  // of the port with that number, or kNowhere
};

}  // namespace sluice::model
