// SPDX-License-Identifier: Apache-2.0
#include "engine/explained_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "engine/known_port_report.hpp"
#include "model/host_state.hpp"
#include "model/known_place.hpp"

namespace sluice::engine {

namespace {

using model::key_of;
using model::KnownPort;

constexpr std::string_view kForms = "write HOST, HOST:PORT or HOST:PORT/PROTOCOL,SERVICE,NAME";

/// A place that the user named. A port of 0 means the host alone.
using Place = KnownPort;

Error wrong_place(const std::string& text, std::string_view why) {
  return Error{fmt::format("{}: {}", shortened(text), why)};
}

Result<std::vector<Place>> parse_places(const std::string& text) {
  Place host;
  if (Address::parse(text) || model::is_hostname(text)) {
    if (auto read = model::parse_host(text, host); !read) return wrong_place(text, read.error().message);
    return std::vector{std::move(host)};
  }
  auto ports = model::parse_known_ports(text);
  if (!ports) return wrong_place(text, ports.error().message + "; " + std::string(kForms));
  if (ports->empty()) return wrong_place(text, "names no open port; " + std::string(kForms));
  return ports;
}

/// Gives "localhost" its address (RFC 6761, 6.3).
void resolve_localhost(Place& place, Family family) {
  if (!place.address && equal_ignoring_case(place.hostname, "localhost"))
    place.address = Address::parse(family == Family::Inet6 ? "::1" : "127.0.0.1");
}

Result<void> check_place(const Place& place, Family family) {
  if (!place.address)
    return Error{fmt::format(
        "{0}: is not looked up, because no packet is sent; write ADDRESS:PORT,,{0} with its address", place.hostname)};
  if (place.address->family() == family) return {};
  return Error{fmt::format("{}: is an IPv{}", place.address->text(),
                           family == Family::Inet ? "6 address; add -6" : "4 address; leave -6 out")};
}

/// Inserts a port in the order of reports. Replaces an earlier one.
void put_port(HostReport& host, PortReport port) {
  const auto at = std::ranges::lower_bound(host.ports, key_of(port), {}, key_of);
  if (at != host.ports.end() && key_of(*at) == key_of(port))
    *at = std::move(port);
  else
    host.ports.insert(at, std::move(port));
}

bool has_named_ports(const Options& options) {
  return options.ports || options.top_ports || options.port_ratio || (options.fast && !options.services_file);
}

/// The hosts of a request, each address and name once.
class Hosts {
 public:
  Hosts(const ExplainRequest& request, const ScanPlan& plan) : request_(request), plan_(plan) {}

  Result<void> add(const std::string& text) {
    auto places = parse_places(text);
    if (!places) return places.error();
    for (Place& place : *places) {
      if (!request_.hosts.empty()) {
        if (!choose(place)) return not_stored(text);
        continue;
      }
      resolve_localhost(place, request_.options.family);
      if (auto checked = check_place(place, request_.options.family); !checked) return checked;
      HostReport& host = find(*place.address, place.hostname);
      if (place.port != 0) put_port(host, port_report(place, plan_.services));
    }
    return {};
  }
  /// Adds a stored host with all of its ports.
  void add_stored(const HostReport& stored) {
    HostReport& host = take(stored);
    for (const PortReport& port : stored.ports) put_port(host, clean(port));
  }

  std::vector<HostReport> finish() {
    if (request_.hosts.empty() && has_named_ports(request_.options))
      for (HostReport& host : hosts_) add_ports_of_plan(host);
    return std::move(hosts_);
  }

 private:
  HostReport& find(const Address& address, const std::string& name) {
    const auto found = std::ranges::find_if(
        hosts_, [&](const HostReport& host) { return host.address == address && host.target_name == name; });
    if (found != hosts_.end()) return *found;
    HostReport& host = hosts_.emplace_back();
    host.address = address;
    host.target_name = name;
    host.up = true;
    host.reason = Reason::UserSet;
    return host;
  }

  /// Returns the host of a stored one. A new one has its ports that are not open, which rules may read.
  HostReport& take(const HostReport& stored) {
    const auto found = std::ranges::find_if(hosts_, [&](const HostReport& host) {
      return host.address == stored.address && host.target_name == stored.target_name;
    });
    if (found != hosts_.end()) return *found;
    HostReport& host = hosts_.emplace_back(stored);
    host.scripts.clear();
    std::erase_if(host.ports, is_open);
    for (PortReport& port : host.ports) port = clean(port);
    return host;
  }

  static bool is_open(const PortReport& port) {
    return port.state == PortState::Open || port.state == PortState::OpenFiltered ||
           port.state == PortState::Unfiltered;
  }
  /// Returns a stored port without its results.
  [[nodiscard]] PortReport clean(PortReport port) const {
    if (port.detail) port.detail->scripts.clear();
    if (port.table_service.empty()) port.table_service = plan_.services.name(port.number, port.protocol);
    return port;
  }

  /// Takes a stored host with its open ports, or with one of them. Returns false if there is none.
  bool choose(const Place& place) {
    bool any = false;
    for (const HostReport& stored : request_.hosts) {
      const bool same = place.address ? stored.address == *place.address
                                      : stored.target_name == place.hostname || stored.reverse_name == place.hostname;
      if (!same) continue;
      HostReport& host = take(stored);
      bool found = place.port == 0;
      for (const PortReport& port : stored.ports) {
        if (!is_open(port) || (place.port != 0 && key_of(port) != std::pair(place.protocol, place.port))) continue;
        put_port(host, clean(port));
        found = true;
      }
      any = any || found;
    }
    return any;
  }
  static Error not_stored(const std::string& text) {
    return wrong_place(text, "the stored run has no such host that is up, or no such open port");
  }

  void add_ports_of_plan(HostReport& host) const {
    const auto add_all = [&](const std::vector<std::uint16_t>& numbers, Protocol protocol) {
      for (const std::uint16_t number : numbers) {
        if (std::ranges::find(host.ports, std::pair(protocol, number), key_of) != host.ports.end()) continue;
        KnownPort known;
        known.port = number;
        known.protocol = protocol;
        put_port(host, port_report(known, plan_.services));
      }
    };
    add_all(plan_.tcp, Protocol::Tcp);
    add_all(plan_.udp, Protocol::Udp);
  }

  const ExplainRequest& request_;
  const ScanPlan& plan_;
  std::vector<HostReport> hosts_;
};

}  // namespace

Result<std::vector<HostReport>> explained_hosts(const ExplainRequest& request, const ScanPlan& plan) {
  Hosts hosts(request, plan);
  for (const std::string& place : request.places)
    if (auto added = hosts.add(place); !added) return added.error();
  if (request.places.empty())
    for (const HostReport& stored : request.hosts) hosts.add_stored(stored);
  return hosts.finish();
}

}  // namespace sluice::engine
