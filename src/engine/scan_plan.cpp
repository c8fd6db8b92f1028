// SPDX-License-Identifier: Apache-2.0
#include "engine/scan_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "base/text_file.hpp"

namespace sluice::engine {

namespace {

/// Adds the scan of a protocol to the plan, or a warning if it has no ports.
void add_scan(ScanPlan& plan, const char* type, Protocol protocol, std::vector<std::uint16_t> ports) {
  std::vector<std::uint16_t>& mine = protocol == Protocol::Tcp ? plan.tcp : plan.udp;
  mine = std::move(ports);
  if (mine.empty()) {
    const std::string name(to_text(protocol));
    plan.warnings.push_back("no " + name + " ports were named, so there is no " + name + " scan");
    return;
  }
  plan.scans.push_back({type, protocol, mine.size(), model::ranges_text(mine)});
}

/// An option of host discovery with ports.
struct Pings {
  const char* option;
  Protocol protocol;
  std::optional<std::string> ports;  ///< unparsed; empty: the option was not given
  const char* otherwise;             ///< ports of the option without a value
};

Result<void> add(ScanPlan& plan, const Pings& pings, const Options& options) {
  model::PortRequest request;
  request.protocols = {pings.protocol};
  request.ports = pings.ports->empty() ? pings.otherwise : *pings.ports;
  request.option = pings.option;
  request.exclude = options.exclude_ports;
  Result<model::PortLists> named = model::choose_ports(request, plan.services);
  if (!named) return named.error();
  const bool tcp = pings.protocol == Protocol::Tcp;
  if (!(tcp ? named->udp : named->tcp).empty() || !named->sctp.empty() || !named->ip_protocols.empty())
    return Error{fmt::format("{} {}: names other ports than {}", pings.option, shortened(*pings.ports),
                             to_text(pings.protocol))};
  if (named->repeated) plan.warnings.push_back(fmt::format("{} names some ports more than once", pings.option));
  std::vector<std::uint16_t>& all = tcp ? plan.tcp_pings : plan.udp_pings;
  std::vector<std::uint16_t> merged;
  std::ranges::set_union(all, named->of(pings.protocol), std::back_inserter(merged));
  all = std::move(merged);
  return {};
}

constexpr std::string_view kByTcpInstead = "; hosts are probed by TCP instead, as by Nmap for ordinary users";

/// Adds the ICMP pings that the options name and the system allows. Returns false if TCP must replace one of them.
Result<bool> choose_icmp(ScanPlan& plan, const Options& options, const net::PingRights& rights) {
  if (options.timestamp_pings && options.family == Family::Inet6)
    return Error{"-PP: ICMP timestamps exist over IPv4 only; use -PE"};
  if (options.echo_pings && rights.echo) plan.pings.push_back(net::Ping::Echo);
  if (options.timestamp_pings && rights.timestamp) plan.pings.push_back(net::Ping::Timestamp);
  const bool no_echo = options.echo_pings && !rights.echo, no_timestamp = options.timestamp_pings && !rights.timestamp;
  const bool warns = options.discovery && !options.list_only;
  if (no_echo && warns)
    plan.warnings.push_back(fmt::format(
        "-PE: this user may not send ICMP (needs root, CAP_NET_RAW or net.ipv4.ping_group_range){}", kByTcpInstead));
  if (no_timestamp && warns)
    plan.warnings.push_back(
        fmt::format("-PP: ICMP timestamps need root or the capability CAP_NET_RAW{}", kByTcpInstead));
  return !no_echo && !no_timestamp;
}

/// Decides about ARP, neighbour discovery and own addresses, as Nmap does with the same rights (docs/options.md, "Host
/// discovery"). With a proxy, none of these is used by default, because they would bypass it.
void choose_link_pings(ScanPlan& plan, const Options& options, const net::PingRights& rights) {
  if (options.privileged == true && !rights.neighbour && options.discovery && !options.list_only)
    plan.warnings.emplace_back(
        "--privileged: the system does not allow raw sockets (needs root or CAP_NET_RAW); hosts are discovered as for "
        "an ordinary user");
  plan.knows_own = rights.neighbour && !options.proxied;
  plan.asks_neighbours = asks_neighbours(options, rights);
  if (options.arp_pings_asked && !rights.neighbour && options.discovery && !options.list_only)
    plan.warnings.emplace_back(
        "-PR: ARP and neighbour discovery need root or CAP_NET_RAW; hosts are discovered without them");
}

/// Chooses the pings of the discovery. Excluded ports are not probed. -PS and -PA connect instead of sending single
/// packets.
Result<void> choose_pings(ScanPlan& plan, const Options& options, const net::PingRights& rights) {
  const Result<bool> icmp = choose_icmp(plan, options, rights);
  if (!icmp) return icmp.error();
  choose_link_pings(plan, options, rights);
  const bool needs_port = !*icmp && !options.syn_pings && !options.ack_pings;
  for (const Pings& pings :
       {Pings{"-PS", Protocol::Tcp, options.syn_pings, "80"}, Pings{"-PA", Protocol::Tcp, options.ack_pings, "80"},
        Pings{"-PU", Protocol::Udp, options.udp_pings, "40125"},
        Pings{"", Protocol::Tcp, needs_port ? std::optional<std::string>("80") : std::nullopt, ""}})
    if (pings.ports)
      if (Result<void> added = add(plan, pings, options); !added) return added;
  if (options.discovery && plan.tcp_pings.empty() && plan.udp_pings.empty() && plan.pings.empty())
    plan.warnings.push_back("--exclude-ports: leaves no port for host discovery, so hosts count as down; add -Pn");
  return {};
}

/// Chooses the ports of the port scan.
Result<void> choose_scans(ScanPlan& plan, const Options& options) {
  if (!options.port_scan || options.list_only || options.targets_from) return {};
  model::PortRequest request;
  request.protocols.clear();
  if (options.tcp_scan) request.protocols.push_back(Protocol::Tcp);
  if (options.udp_scan) request.protocols.push_back(Protocol::Udp);
  request.ports = options.ports;
  request.exclude = options.exclude_ports;
  request.fast = options.fast && !options.ports;  // of --servicedb
  request.top = options.top_ports;
  request.ratio = options.port_ratio;
  Result<model::PortLists> ports = model::choose_ports(request, plan.services);
  if (!ports) return ports.error();

  if (!options.udp_scan && !ports->udp.empty())
    plan.warnings.push_back("-p names ports with \"U:\", but without -sU no UDP ports are scanned");
  if (!options.tcp_scan && !ports->tcp.empty())
    plan.warnings.push_back("-p names ports with \"T:\", but without -sT no TCP ports are scanned");
  if (ports->repeated) plan.warnings.push_back("-p names some ports more than once");
  if (options.tcp_scan) add_scan(plan, "connect", Protocol::Tcp, std::move(ports->tcp));
  if (options.udp_scan) add_scan(plan, "udp", Protocol::Udp, std::move(ports->udp));
  return {};
}

/// Reads the payloads from nmap-service-probes, in which Nmap has them since 7.94.
Result<model::Payloads> payloads_of_service_probes(const model::DataFiles& files) {
  const auto path = files.find_file("nmap-service-probes");
  if (!path) return model::Payloads{};
  Result<service::ProbeFile> probes = service::ProbeFile::read(*path);
  if (!probes) return probes.error();
  return service::udp_payloads(*probes);
}

Result<model::Payloads> read_payloads(const model::DataFiles& files) {
  const auto path = files.find_file("nmap-payloads");
  if (!path) return payloads_of_service_probes(files);
  Result<std::string> text = read_text_file(*path);
  if (!text) return text.error();
  Result<model::Payloads> payloads = model::Payloads::parse(*text);
  if (!payloads) return payloads.error().in(*path);
  return payloads;
}

}  // namespace

Error missing_data(const std::string& name) {
  return {
      "'" + name +
          "' of Nmap was not found: install the Debian package nmap-common, or name the directory that holds it with "
          "--datadir or $NMAPDIR",
      ErrorCode::UnreadableFile};
}

bool asks_neighbours(const Options& options, const net::PingRights& rights) {
  return rights.neighbour && options.arp_pings && (!options.proxied || options.arp_pings_asked);
}

Options with_usual_pings(Options options, const net::PingRights& rights) {
  const bool ports_named = options.syn_pings || options.ack_pings || options.udp_pings;
  if (ports_named || options.echo_pings || options.timestamp_pings) return options;
  options.syn_pings = "80,443";
  if (rights.neighbour && !options.proxied) {
    options.echo_pings = rights.echo;
    options.timestamp_pings = rights.timestamp && options.family == Family::Inet;
  }
  return options;
}

Result<void> plan_ports(ScanPlan& plan, const Options& options, const net::PingRights& rights) {
  if (auto done = choose_pings(plan, with_usual_pings(options, rights), rights); !done) return done;
  return choose_scans(plan, options);
}

Result<ScanPlan> plan_scan(const Options& options, const model::DataFiles& files, const net::PingRights& rights) {
  ScanPlan plan;
  const auto path = files.find_file("nmap-services");
  if (!path && options.services_file)
    return Error{"--servicedb: cannot read " + in_quotes(*options.services_file), ErrorCode::UnreadableFile};
  if (!path) return missing_data("nmap-services");
  Result<std::string> text = read_text_file(*path);
  if (!text) return text.error();
  plan.services = model::ServiceTable::parse(*std::move(text));
  if (const auto& unread = plan.services.unread(); unread.lines > 0)
    plan.warnings.push_back(
        fmt::format("{}: {} line{} not of the form \"name port/protocol ratio\", the first is "
                    "line {}",
                    *path, unread.lines, unread.lines == 1 ? " is" : "s are", unread.first));
  if (auto done = plan_ports(plan, options, rights); !done) return done.error();
  if (options.udp_scan || options.udp_pings) {
    Result<model::Payloads> payloads = read_payloads(files);
    if (!payloads) return payloads.error();
    plan.payloads = std::move(*payloads);
  }
  if (options.versions && options.port_scan && !options.list_only) {
    Result<VersionPlan> versions = plan_versions(options, files, plan.services);
    if (!versions) return versions.error();
    plan.versions = std::move(*versions);
  }
  return plan;
}

}  // namespace sluice::engine
