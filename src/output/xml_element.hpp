// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::output {

/// An element of an XML report, named by its place: the <cpe> of a service is Cpe, that of an operating system Other.
enum class XmlElement : std::uint8_t {
  Document,  ///< the place of the root element
  Run,
  ScanInfo,
  Verbose,
  Debugging,
  Target,
  TaskBegin,
  TaskProgress,
  TaskEnd,
  PreScript,
  PostScript,
  Host,
  Status,
  Address,
  HostNames,
  HostName,
  Ports,
  ExtraPorts,
  ExtraReasons,
  Port,
  State,
  Service,
  Cpe,
  HostScript,
  Times,
  Script,
  Table,
  Elem,
  RunStats,
  Finished,
  Hosts,
  Other,  ///< an element without a meaning for sluice, or one inside of it
};

/// Returns the element `name` inside of `outer`. Thread-safe.
XmlElement element_in(XmlElement outer, std::string_view name);

}  // namespace sluice::output
