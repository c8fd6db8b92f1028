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

/// Where the data files are: the path of `nmap-services` and its like, by name; nothing if there is none.
struct NmapDbFiles {
  std::function<std::optional<std::string>(const char* name)> find;
};

/// What three of Nmap's data files say, each read when it is first asked. A file that is missing or a line that is
/// none of its form says nothing. One thread only. (spec cmodules.md, 7)
class NmapDb {
 public:
  explicit NmapDb(NmapDbFiles files) : files_(std::move(files)) {}

  /// The vendor of an address given as 12 upper-case hex digits: the longest prefix of 9, 7 or 6 decides; "" if none.
  std::string_view vendor(std::string_view hex);
  /// The first name of `port/protocol` ("tcp", "udp", "sctp"), "" if it has none or is called `unknown`.
  std::string_view service(int port, std::string_view protocol);
  /// "" if the number has no name.
  std::string_view protocol(int number);
  std::optional<int> protocol(std::string_view name);

 private:
  using Line = std::function<void(std::string_view first, std::string_view rest)>;
  /// Hands over each line that says something, split at its first blank.
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
