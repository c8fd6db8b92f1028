// SPDX-License-Identifier: Apache-2.0
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

using namespace entry;

/// The first type that is named replaces the default.
void replace_default_scan(Draft& draft) {
  if (!draft.scan_types) draft.line.options.tcp_scan = false;
  draft.scan_types = true;
}
Done connect_scan(Draft& draft, std::string_view) {
  replace_default_scan(draft);
  draft.connect_scan = draft.line.options.tcp_scan = true;
  return {};
}
Done syn_scan(Draft& draft, std::string_view) {
  draft.syn_scan = true;
  return connect_scan(draft, {});
}
Done udp_scan(Draft& draft, std::string_view) {
  replace_default_scan(draft);
  draft.line.options.udp_scan = true;
  return {};
}

std::string built_in_connect_scan(const CommandLine& line) {
  const Options& options = line.options;
  const bool scans = options.port_scan && !options.list_only && !options.targets_from;
  return scans && options.tcp_scan ? "true" : "";
}

constexpr Option kPortOptions[] = {
    {.name = "p",
     .value = kPorts,
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Ports),
     .apply = text_once<&Options::ports>,
     .help = "ports, such as 22,80, 1-1000, U:53,T:443, http*, -",
     .text = "scans these ports. May be given once."},
    {.name = "F",
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Ports),
     .apply = set<&Options::fast, true>,
     .help = "scan the 100 most frequent ports",
     .text = "scans the 100 most frequent ports; excludes `-p`"},
    {.name = "top-ports",
     .value = kNumber,
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Ports),
     .apply = number<&Options::top_ports>,
     .help = "scan the N most frequent ports",
     .text = "scans the N most frequent ports of `nmap-services`, or of `-p`. N is 1 to 65536, and may exceed the "
             "number of known ports.",
     .built_in = shown<&Options::top_ports>},
    {.name = "port-ratio",
     .value = text_value("R"),
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Ports),
     .apply = decimal<&Options::port_ratio>,
     .help = "scan the ports of a frequency of at least R (0 to 1)",
     .text = "scans the ports of a frequency of at least R; 0 ≤ R < 1"},
    {.name = "exclude-ports",
     .value = kPorts,
     .users = kRunAndExplain,
     .choices = choices_of(Choice::ExcludedPorts),
     .apply = text_once<&Options::exclude_ports>,
     .help = "do not scan these ports",
     .text = "excludes these ports from the scan and from host discovery. May be given once."},
    {.name = "sT",
     .member = true,
     .users = kRunAndExplain,
     .choices = choices_of(Choice::ScanTypes),
     .apply = connect_scan,
     .help = "scan TCP by connections (the default)",
     .together = "scan TCP by connections (the default), scan UDP",
     .text = "scan TCP by connections (the default), scan UDP. Letters may be joined (`-sTU`, `-sCV`). `-sL` and `-sn` "
             "exclude `-sT`, `-sS`, `-sU` and all options that choose ports, except `-sn --exclude-ports`.",
     .built_in = built_in_connect_scan},
    {.name = "sU",
     .member = true,
     .users = kRunAndExplain,
     .choices = choices_of(Choice::ScanTypes),
     .apply = udp_scan,
     .help = "scan UDP"},
    {.name = "sS",
     .member = true,
     .users = kRunAndExplain,
     .choices = choices_of(Choice::ScanTypes),
     .apply = syn_scan,
     .help = "scan as -sT, with a warning",
     .text = "scans as `-sT` with a warning; finds the same open ports"},
    {.name = "r",
     .apply = set<&Options::sequential, true>,
     .help = "probe ports in ascending order",
     .text = "probes ports in ascending order. Without it the order is random."},
    {.name = "open",
     .apply = set<&Options::open_only, true>,
     .help = "report open ports only",
     .text = "reports only ports that are or may be open, and hosts that have one"},
    {.name = "reason",
     .apply = set<&Options::reason, true>,
     .help = "report why a port or host has its state",
     .text = "reports why a port or host has its state; implied by `-d` and `-vv`"},
    {.name = "e",
     .value = {Takes::Value, "NAME", ValueKind::Interface},
     .users = kRunAndExplain,
     .apply = text<&Options::interface>,
     .help = "use this network interface",
     .text = "uses this network interface"},
    {.name = "S",
     .value = text_value("ADDRESS"),
     .apply = source,
     .help = "use this source address",
     .text = "uses this source address: a numeric address of this machine, of the address family of the run"},
    {.name = "g",
     .value = text_value("PORT"),
     .apply = number<&Options::source_port>,
     .help = "use this source port",
     .text = "uses this source port, for connect scans, too. The port must be free on the source address. sluice "
             "refuses the run if the port is taken, as far as the source address is known before the run."},
    {.name = "source-port", .value = text_value("PORT"), .alias = true, .apply = number<&Options::source_port>},
    {.name = "ttl",
     .value = kNumber,
     .users = kRunAndExplain,
     .apply = number<&Options::ttl>,
     .help = "time to live of probes (0 to 255)",
     .text = "time to live of the probes of a scan and of pings; 0 to 255"},
    {.name = "data-length",
     .value = kNumber,
     .users = kRunAndExplain,
     .apply = number<&Options::data_length>,
     .help = "value of nmap.get_payload_length for scripts",
     .text = "0 to 1400. Scripts read the value with `nmap.get_payload_length`. Probes of sluice do not contain such "
             "data.",
     .built_in = shown<&Options::data_length>},
    {.name = "privileged",
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Privileges),
     .apply = set<&Options::privileged, true>,
     .help = "use raw sockets",
     .together = "use raw sockets, do not",
     .text = "turn the use of raw sockets on or off, for scripts and for host discovery. Without these options the "
             "environment variables `NMAP_PRIVILEGED` and `NMAP_UNPRIVILEGED` decide, then the user id and "
             "`CAP_NET_RAW`. If the system refuses raw sockets in spite of `--privileged`, a warning says so.",
     .built_in = shown_flag<&Options::privileged, true>},
    {.name = "unprivileged",
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Privileges),
     .apply = set<&Options::privileged, false>,
     .help = "use no raw sockets",
     .built_in = shown_flag<&Options::privileged, false>},
    {.name = "iflist",
     .apply = wish<Wish::Interfaces>,
     .help = "print the interfaces and routes, and exit",
     .text = "prints the interfaces and routes of this machine, and exits. Writes no report file.",
     .instead_embedded = "there is no terminal; use ip address and ip route",
     .instead_in_settings = kNoRun},
    {.name = "s", .value = text_value("TYPES"), .apply = scan_kinds},
};

}  // namespace

const OptionSection kPortsAndScansSection{"Ports and scan types", "", kPortOptions};

}  // namespace sluice::arguments
