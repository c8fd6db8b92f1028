// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <sluice/address.hpp>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <sluice/writer.hpp>
#include <string>
#include <vector>

namespace sluice::cli {

/// A report of nmap or sluice from which a run can go on, as `nmap --resume` does: text, grepable or XML.
struct ScanLog {
  Format format = Format::Text;
  std::vector<std::string> arguments;  ///< of the run; the first one is the name of the program
  std::set<Address> finished;          ///< addresses of the hosts that it reports
  std::vector<Event> events;           ///< Xml only: its contents, without an end
  std::size_t hosts_up = 0, hosts_down = 0;
  std::size_t size = 0;  ///< bytes of the complete lines; of a text or grepable report
  bool ended = false;    ///< the run reached its end
};

/// Reads a log. The end of the file may be missing: the last line counts only if it is complete. Errors: the file
/// cannot be read, or is no such report; the message names it.
Result<ScanLog> read_scan_log(const std::string& path);

}  // namespace sluice::cli
