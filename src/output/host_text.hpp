#pragma once

#include <sluice/report.hpp>
#include <sluice/writer.hpp>
#include <string>

namespace sluice::output {

/// A host's block of the normal report (spec cli.md 6), with the blank line that ends it.
std::string host_text(const HostReport& host, const WriterOptions& options);

}  // namespace sluice::output
