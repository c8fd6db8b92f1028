// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/report.hpp>
#include <sluice/writer.hpp>
#include <string>

namespace sluice::output {

/// Returns ` name="value"` with the value escaped.
std::string xml_attribute(std::string_view name, std::string_view value);

/// Returns the <host> element, with line ends where Nmap has them (docs/nse-compat.md, "Script results and reports").
std::string host_xml(const HostReport& host, const WriterOptions& options);

}  // namespace sluice::output
