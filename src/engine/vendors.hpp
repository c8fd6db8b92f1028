#pragma once

#include <mutex>
#include <string_view>

#include "model/data_files.hpp"
#include "model/mac_vendors.hpp"

namespace sluice::engine {

/// The vendors of network cards, from nmap-mac-prefixes; the first look-up reads the file. Thread-safe.
class Vendors {
 public:
  /// `files` must outlive it.
  explicit Vendors(const model::DataFiles& files) : files_(files) {}

  /// Returns the vendor of an address of 6 raw bytes; "" if it is unknown or there is no such file. The text lives as
  /// long as this object.
  std::string_view of(std::string_view mac);

 private:
  const model::DataFiles& files_;
  std::once_flag read_;
  model::MacVendors vendors_;
};

}  // namespace sluice::engine
