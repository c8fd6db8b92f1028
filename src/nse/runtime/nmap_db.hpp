// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/mac_vendors.hpp"

namespace sluice::nse {

/// The search for Nmap's data files. `find` returns the path of a file such as `nmap-services`, or nothing if there is
/// none.
struct NmapDbFiles {
  std::function<std::optional<std::string>(const char* name)> find;
};

/// The contents of Nmap's data files nmap-mac-prefixes, nmap-services and nmap-protocols, for the module `nmapdb`
/// (docs/nse-compat.md, "C modules"). Each file is read at its first use. A missing file has no entries, and malformed
/// lines are skipped. Owned by the Runtime. Not thread-safe.
class NmapDb {
 public:
  explicit NmapDb(NmapDbFiles files) : files_(std::move(files)) {}

  /// Returns the vendor of a MAC address, given as 12 upper-case hexadecimal digits. Uses the longest known prefix of
  /// 9, 7 or 6 digits. Returns "" if there is none.
  std::string_view vendor(std::string_view hex);
  /// Returns the name of a port. `protocol`: "tcp", "udp" or "sctp". Of several names in the file the first counts.
  /// Returns "" if the port has no name, or has the name `unknown`.
  std::string_view service(int port, std::string_view protocol);
  /// Returns the name of an IP protocol; "" if the number has none.
  std::string_view protocol(int number);
  /// Returns the number of an IP protocol; nothing if the name is unknown. The case of letters counts.
  std::optional<int> protocol(std::string_view name);

 private:
  using Line = std::function<void(std::string_view first, std::string_view rest)>;
  /// Calls `line` for each line of a data file that is neither empty nor a comment: with its first word, and the rest.
  void read(const char* name, const Line& line);
  void load_vendors();
  void load_services();
  void load_protocols();

  NmapDbFiles files_;
  bool vendors_loaded_ = false, services_loaded_ = false, protocols_loaded_ = false;
  model::MacVendors vendors_;
  std::map<std::string, std::string, std::less<>> services_;  ///< by "80/tcp"
  std::unordered_map<int, std::string> protocol_names_;
  std::map<std::string, int, std::less<>> protocol_numbers_;
};

}  // namespace sluice::nse
