// SPDX-License-Identifier: Apache-2.0
#include "engine/local_places.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <sluice/quote.hpp>
#include <sluice/report.hpp>

#include "model/target_spec.hpp"
#include "scan/port_scan.hpp"

namespace sluice::engine {

namespace {

std::string_view remedy(const Options& options, int error) {
  switch (error) {
    case EMFILE:
      return "raise ulimit -n, or lower --max-parallelism and --socket-slots";
    case ENFILE:
      return "raise fs.file-max, or lower --max-parallelism and --socket-slots";
    case EACCES:
    case EADDRINUSE:
    case EADDRNOTAVAIL:
    case EAGAIN:
      if (options.source_port) return "leave -g out, or give a port that is free on the source address";
      return "widen net.ipv4.ip_local_port_range, or lower --max-rate";
    default:
      return "lower --max-parallelism or --max-rate";
  }
}

/// Returns the source addresses of the probes, as far as they are known before the run.
std::set<Address> sources(const Options& options, const PlatformPort& platform) {
  if (options.source) return {*options.source};
  std::set<Address> found;
  for (const std::string& text : options.targets) {
    auto spec = model::TargetSpec::parse(text, options.family);
    const auto first = spec && spec->pattern ? spec->pattern->next() : std::nullopt;
    if (!first || first->scope() != 0) continue;
    const auto route = platform.route(*first, options.interface.value_or(""));
    if (route && route->source) found.insert(*route->source);
  }
  return found;
}

std::set<Address> own_addresses(Family family, const PlatformPort& platform) {
  std::set<Address> found;
  for (const net::Interface& each : platform.interfaces())
    if (each.up && each.address && each.address->family() == family) found.insert(*each.address);
  return found;
}

Result<void> check_source_port(const Options& options, Protocol protocol, const PlatformPort& platform) {
  const auto failure_on = [&](const Address& address) {
    return platform.bind_failure(protocol, {address, *options.source_port}, options.interface.value_or(""));
  };
  const auto refused = [&](const std::string& where, int failure) {
    return Error{fmt::format("-g {0}: cannot use the source port {0}/{1}{2}: {3}; leave -g out, or give a free port",
                             *options.source_port, to_text(protocol), where, std::strerror(failure))};
  };
  const std::set<Address> known = sources(options, platform);
  for (const Address& address : known)
    if (const int failure = failure_on(address)) return refused(" of " + address.text(), failure);
  if (!known.empty()) return {};
  int failure = 0;
  for (const Address& address : own_addresses(options.family, platform))
    if (failure = failure_on(address); failure == 0) return {};
  return failure == 0 ? Result<void>{} : refused("", failure);
}

}  // namespace

model::DataFiles data_files_of(const Options& options, const PlatformPort& platform) {
  model::DataPlaces places = platform.data_places();
  places.datadir = options.datadir;
  places.services_file = options.services_file;
  places.service_probes_file = options.version_file;
  return model::DataFiles(std::move(places));
}

Result<void> check_local_places(const Options& options, const PlatformPort& platform) {
  if (Result<void> valid = model::check_datadir(options.datadir); !valid) return valid;
  const auto is_named = [&](const net::Interface& each) { return each.device == *options.interface; };
  if (options.interface && std::ranges::none_of(platform.interfaces(), is_named))
    return Error{"-e: " + in_quotes(*options.interface) +
                 " is not an interface of this machine; --iflist lists the interfaces"};
  if (options.source)
    if (const int failure = platform.bind_failure(Protocol::Udp, {*options.source, 0}, options.interface.value_or("")))
      return Error{fmt::format("-S {}: cannot use the source address: {}; give an address of this machine",
                               options.source->text(), std::strerror(failure))};
  return {};
}

std::string why_not_sent(const Options& options, int error) {
  return fmt::format(
      "no probe could be sent for {} s ({}), so ports or hosts are reported as unknown with the reason not-sent: {}",
      scan::PortScan::kPatience.count(), std::strerror(error), remedy(options, error));
}

Result<void> check_source_port(const Options& options, const ScanPlan& plan, const PlatformPort& platform) {
  if (!options.source_port || options.list_only) return {};
  const bool discovers = options.discovery && !options.targets_from;
  if (discovers || !plan.tcp.empty())
    if (Result<void> tcp = check_source_port(options, Protocol::Tcp, platform); !tcp) return tcp;
  return plan.udp.empty() ? Result<void>{} : check_source_port(options, Protocol::Udp, platform);
}

}  // namespace sluice::engine
