// SPDX-License-Identifier: Apache-2.0
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

using namespace entry;

Done no_discovery(Draft& draft, std::string_view) {
  draft.line.options.discovery = false;
  return {};
}
Done no_port_scan(Draft& draft, std::string_view) {
  draft.line.options.port_scan = false;
  return {};
}
Done list_only(Draft& draft, std::string_view) {
  draft.line.options.list_only = true;
  return no_port_scan(draft, {});
}
template <std::optional<std::string> Options::*Ports>
Done ping_ports(Draft& draft, std::string_view ports) {
  auto& named = draft.line.options.*Ports;
  if (named) return Error{"is given twice; put all ports into one option"};
  named.emplace(ports);
  return {};
}

constexpr Option kDiscoveryOptions[] = {
    {.name = "sL",
     .member = true,
     .choices = choices_of(Choice::Ports, Choice::ExcludedPorts, Choice::Services, Choice::ScanTypes, Choice::Pings),
     .apply = list_only,
     .help = "list the targets only",
     .text = "lists the targets; discovers and scans nothing",
     .instead_in_explain = kNamesHosts},
    {.name = "sn",
     .member = true,
     .choices = choices_of(Choice::Ports, Choice::Services, Choice::ScanTypes),
     .apply = no_port_scan,
     .help = "discover hosts only",
     .text = "discovers hosts and scans no ports",
     .instead_in_explain = kNamesHosts},
    {.name = "sP",
     .alias = true,
     .member = true,
     .choices = choices_of(Choice::Ports, Choice::Services, Choice::ScanTypes),
     .apply = no_port_scan,
     .instead_in_explain = kNamesHosts},
    {.name = "Pn",
     .member = true,
     .choices = choices_of(Choice::Pings),
     .apply = no_discovery,
     .help = "take all hosts for up",
     .text = "takes all hosts for up; overrides the other `-P` options"},
    {.name = "PN", .alias = true, .member = true, .choices = choices_of(Choice::Pings), .apply = no_discovery},
    {.name = "P0", .alias = true, .member = true, .choices = choices_of(Choice::Pings), .apply = no_discovery},
    {.name = "PD", .alias = true, .member = true, .choices = choices_of(Choice::Pings), .apply = no_discovery},
    {.name = "PS",
     .value = list_of(optional_value("PORTS")),
     .member = true,
     .choices = choices_of(Choice::Pings),
     .apply = ping_ports<&Options::syn_pings>,
     .help = "discover hosts by these TCP ports (80)",
     .together = "discover hosts by these TCP (80), UDP (40125) ports",
     .text = "probe these ports (written as for `-p`) instead of the defaults. The default port is 80, for `-PU` "
             "40125. Each may be given once. `-PS` and `-PA` connect, as in Nmap without privileges. `-PU` needs no "
             "privileges. Its ports are probed if the TCP probes are not answered.",
     .built_in = shown<&Options::syn_pings>},
    {.name = "PA",
     .value = list_of(optional_value("PORTS")),
     .member = true,
     .choices = choices_of(Choice::Pings),
     .apply = ping_ports<&Options::ack_pings>,
     .help = "discover hosts by these TCP ports (80)"},
    {.name = "PU",
     .value = list_of(optional_value("PORTS")),
     .member = true,
     .choices = choices_of(Choice::Pings),
     .apply = ping_ports<&Options::udp_pings>,
     .help = "discover hosts by these UDP ports (40125)"},
    {.name = "PE",
     .member = true,
     .choices = choices_of(Choice::Pings),
     .apply = set<&Options::echo_pings, true>,
     .help = "discover hosts by ICMP echo",
     .together = "discover hosts by ICMP echo, ICMP timestamp",
     .text = "probe by ICMP echo, by ICMP timestamp (IPv4 only), beside the ports of `-PS`, `-PA` and `-PU` ([Host "
             "discovery](#host-discovery))",
     .built_in = shown_flag<&Options::echo_pings, true>},
    {.name = "PP",
     .member = true,
     .choices = choices_of(Choice::Pings),
     .apply = set<&Options::timestamp_pings, true>,
     .help = "discover hosts by ICMP timestamp",
     .built_in = shown_flag<&Options::timestamp_pings, true>},
    {.name = "PR",
     .member = true,
     .choices = choices_of(Choice::LinkPings),
     .apply = set<&Options::arp_pings_asked, true>,
     .help = "discover hosts on the link by ARP (the default for root)",
     .text = "probes hosts on the link by ARP or neighbour discovery. This is the default for root and `CAP_NET_RAW`, "
             "except with a proxy in `LD_PRELOAD`.",
     .built_in = shown_flag<&Options::arp_pings_asked, true>},
    {.name = "disable-arp-ping",
     .choices = choices_of(Choice::LinkPings),
     .apply = set<&Options::arp_pings, false>,
     .help = "use no ARP and no neighbour discovery",
     .text = "probe hosts on the link as other hosts; override `-PR`. The kernel makes the packets of a scan in any "
             "case."},
    {.name = "send-ip",
     .choices = choices_of(Choice::LinkPings),
     .apply = set<&Options::arp_pings, false>,
     .help = "use no ARP and no neighbour discovery"},
    {.name = "traceroute",
     .apply = note<&Draft::routes>,
     .help = "accepted with a warning: sluice traces no routes",
     .text = "One warning says that the report lacks routes. The rest of the command line applies."},
    {.name = "P", .value = optional_value("TYPE"), .apply = ping_kinds},
};

}  // namespace

const OptionSection kDiscoverySection{"Host discovery", "", kDiscoveryOptions};

}  // namespace sluice::arguments
