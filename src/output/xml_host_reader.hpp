// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>

#include "model/xml_attributes.hpp"
#include "output/xml_element.hpp"

namespace sluice::output {

/// Collects the contents of one <host> element. Elements may be missing and have any order. The number of ports is
/// limited. Owned by the reader of the report. Not thread-safe.
class XmlHostReader {
 public:
  explicit XmlHostReader(const model::XmlAttributes& attributes);

  /// Handles the beginning of an element, the text of a <cpe>, and the end of an element.
  /// Errors: the message describes the defect of the host, which then must not be used.
  Result<void> open_element(XmlElement element, const model::XmlAttributes& attributes);
  void text(std::string_view part);
  void close_element(XmlElement element);
  /// Adds the result of a <script>. `outer`: Port for the port whose element is open, HostScript for the host.
  void add(XmlElement outer, ScriptResult result);

  /// Returns the report. Errors: the host has no address.
  Result<HostReport> finish() &&;

 private:
  Result<void> open_address(const model::XmlAttributes& attributes);
  void open_status(const model::XmlAttributes& attributes);
  void open_name(const model::XmlAttributes& attributes);
  Result<void> open_port(const model::XmlAttributes& attributes);
  Result<void> open_state(const model::XmlAttributes& attributes);
  void open_service(const model::XmlAttributes& attributes);
  void close_service();
  void close_port();
  Result<void> add_extra_ports(const model::XmlAttributes& attributes);
  Result<void> start_extra_ports(const model::XmlAttributes& attributes);
  void open_times(const model::XmlAttributes& attributes);

  HostReport host_;
  bool has_address_ = false, has_status_ = false, has_extra_ports_ = false;
  std::optional<PortReport> port_;             ///< the port whose element is open; empty for one of an IP protocol scan
  std::optional<Service> service_;             ///< the service whose element is open
  std::optional<std::string> cpe_;             ///< the cpe whose element is open
  PortState extra_state_ = PortState::Closed;  ///< of the open <extraports>
};

}  // namespace sluice::output
