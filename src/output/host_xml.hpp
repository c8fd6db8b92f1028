#pragma once

#include <sluice/report.hpp>
#include <sluice/writer.hpp>
#include <string>

namespace sluice::output {

/// ` name="value"`, escaped.
std::string xml_attribute(std::string_view name, std::string_view value);

/// A <host> element with the line breaks that Nmap's has (spec cli.md 8).
std::string host_xml(const HostReport& host, const WriterOptions& options);

}  // namespace sluice::output
