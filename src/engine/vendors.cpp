// SPDX-License-Identifier: Apache-2.0
#include "engine/vendors.hpp"

#include "base/text_file.hpp"

namespace sluice::engine {

std::string_view Vendors::of(std::string_view mac) {
  std::call_once(read_, [this] {
    const auto path = files_.find_file("nmap-mac-prefixes");
    if (!path) return;
    if (const Result<std::string> text = read_text_file(*path)) vendors_ = model::MacVendors::parse(*text);
  });
  return vendors_.of(mac);
}

}  // namespace sluice::engine
