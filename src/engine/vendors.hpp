// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string_view>

#include "model/data_files.hpp"
#include "model/mac_vendors.hpp"

namespace sluice::engine {

/// The vendors of network interfaces, from nmap-mac-prefixes. The first look-up reads the file. Owned by the Run.
/// Thread-safe.
class Vendors {
 public:
  /// `files` must outlive this object.
  explicit Vendors(const model::DataFiles& files) : files_(files) {}

  /// Returns the vendor of an address of 6 bytes; "" if it is unknown or the file cannot be read. The text is valid as
  /// long as this object exists.
  std::string_view of(std::string_view mac);

 private:
  const model::DataFiles& files_;
  std::once_flag read_;
  model::MacVendors vendors_;
};

}  // namespace sluice::engine
