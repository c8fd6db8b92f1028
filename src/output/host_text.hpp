// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/report.hpp>
#include <sluice/writer.hpp>
#include <string>

namespace sluice::output {

/// Returns the part of a normal report for one host (docs/nse-compat.md, "Script results and reports"), with the blank
/// line at its end.
std::string host_text(const HostReport& host, const WriterOptions& options);

}  // namespace sluice::output
