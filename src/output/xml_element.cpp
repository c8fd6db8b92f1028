// SPDX-License-Identifier: Apache-2.0
#include "output/xml_element.hpp"

namespace sluice::output {

namespace {

/// An element and the one that contains it.
struct Nesting {
  XmlElement outer;
  std::string_view name;
  XmlElement inner;
};

}  // namespace

XmlElement element_in(XmlElement outer, std::string_view name) {
  using enum XmlElement;
  static constexpr Nesting kElements[] = {
      {Document, "nmaprun", Run},
      {Run, "host", Host},
      {Run, "taskprogress", TaskProgress},
      {Run, "taskbegin", TaskBegin},
      {Run, "taskend", TaskEnd},
      {Run, "target", Target},
      {Run, "scaninfo", ScanInfo},
      {Run, "verbose", Verbose},
      {Run, "debugging", Debugging},
      {Run, "prescript", PreScript},
      {Run, "postscript", PostScript},
      {Run, "runstats", RunStats},
      {RunStats, "finished", Finished},
      {RunStats, "hosts", Hosts},
      {PreScript, "script", Script},
      {PostScript, "script", Script},
      {Host, "status", Status},
      {Host, "address", Address},
      {Host, "hostnames", HostNames},
      {Host, "ports", Ports},
      {Host, "hostscript", HostScript},
      {Host, "times", Times},
      {HostNames, "hostname", HostName},
      {HostScript, "script", Script},
      {Ports, "port", Port},
      {Ports, "extraports", ExtraPorts},
      {ExtraPorts, "extrareasons", ExtraReasons},
      {Port, "state", State},
      {Port, "service", Service},
      {Port, "script", Script},
      {Service, "cpe", Cpe},
      {Script, "elem", Elem},
      {Script, "table", Table},
      {Table, "elem", Elem},
      {Table, "table", Table},
  };
  for (const Nesting& each : kElements)
    if (each.outer == outer && each.name == name) return each.inner;
  return Other;
}

}  // namespace sluice::output
