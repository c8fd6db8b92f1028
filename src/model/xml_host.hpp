// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/known_port.hpp"
#include "model/xml_attributes.hpp"

namespace sluice::model {

/// Collects the contents of one <host> element of an XML report. Accepts unknown elements and any order. The memory is
/// bounded by limits on ports, cpes and their lengths. Owned by the parser of the report. Not thread-safe.
class XmlHost {
 public:
  /// Handles the beginning of an element, its text, and its end.
  void open_element(std::string_view element, const XmlAttributes& attributes);
  void text(std::string_view part);
  void end(std::string_view element);

  /// Returns the address of the host, if its element has been read.
  [[nodiscard]] const std::optional<Address>& address() const { return address_; }
  /// Returns the open ports; nothing if there are none. Errors: the message describes the defect of the host.
  std::optional<Result<std::vector<KnownPort>>> ports() &&;

 private:
  void take_address(const XmlAttributes& attributes);
  void take_port(const XmlAttributes& attributes);

  std::optional<Address> address_;
  std::string name_, wrong_;
  std::vector<KnownPort> ports_;
  std::optional<KnownPort> port_;  ///< the port whose element is open
  bool open_ = false;              ///< true if port_ is open
  std::optional<std::string> cpe_;
};

}  // namespace sluice::model
