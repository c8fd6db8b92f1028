#pragma once

#include <cstddef>
#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/known_port.hpp"

namespace sluice::model {

/// The attributes of an XML element, by name; "" for one that it does not have. Valid during the call of the parser.
class XmlAttributes {
 public:
  /// `pairs`: names and values in turn, a null pointer behind them.
  explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
  [[nodiscard]] std::string_view operator[](std::string_view name) const {
    for (const char** pair = pairs_; *pair; pair += 2)
      if (name == pair[0]) return pair[1];
    return {};
  }

 private:
  const char** pairs_;
};

/// Gathers what one <host> of an XML report holds, whatever elements stand in it and in which order. Memory is bounded.
class XmlHost {
 public:
  void open_element(std::string_view element, const XmlAttributes& attributes);
  void text(std::string_view part);
  void end(std::string_view element);

  /// Its address, if that has come.
  [[nodiscard]] const std::optional<Address>& address() const { return address_; }
  /// Its open ports; nothing if it has none. The error tells what is wrong with it.
  std::optional<Result<std::vector<KnownPort>>> ports() &&;

 private:
  void take_address(const XmlAttributes& attributes);
  void take_port(const XmlAttributes& attributes);

  std::optional<Address> address_;
  std::string name_, wrong_;
  std::vector<KnownPort> ports_;
  std::optional<KnownPort> port_;  ///< whose element has begun
  bool open_ = false;              ///< the state of port_
  std::optional<std::string> cpe_;
};

}  // namespace sluice::model
