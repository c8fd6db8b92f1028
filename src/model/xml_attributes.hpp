// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <sluice/report.hpp>
#include <string>
#include <string_view>

// Values in XML reports. Thread-safe.

namespace sluice::model {

constexpr std::size_t kMaxHostPorts = std::size_t{3} * 65535;  ///< of a host: all ports of three protocols
constexpr std::size_t kMaxCpeBytes = 4096, kMaxCpes = 64;      ///< bytes of a cpe; number of cpes of a port

/// The attributes of an XML element. Valid during the callback of the parser.
class XmlAttributes {
 public:
  /// `pairs`: names and values, alternating, with a null pointer at the end.
  explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
  /// Returns the value of an attribute, or nothing if the element does not have it.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const {
    for (const char** pair = pairs_; *pair; pair += 2)
      if (name == pair[0]) return pair[1];
    return std::nullopt;
  }
  /// Returns the value of an attribute, or "" if the element does not have it.
  [[nodiscard]] std::string_view operator[](std::string_view name) const { return find(name).value_or(""); }

 private:
  const char** pairs_;
};

/// Returns the bytes that a text of a report stands for. Reports write each byte above 0x7F as one character, so the
/// characters up to U+00FF are bytes. Other characters stay UTF-8.
std::string bytes_of(std::string_view text);

/// Returns the service of a <service> element, without its cpes. The name "unknown" becomes "".
Service read_service(const XmlAttributes& attributes);

}  // namespace sluice::model
