// SPDX-License-Identifier: Apache-2.0
#include "engine/version_plan.hpp"

#include <algorithm>
#include <ctime>
#include <sluice/quote.hpp>
#include <sluice/version.hpp>
#include <utility>

#include "engine/scan_plan.hpp"
#include "service/fingerprint.hpp"

namespace sluice::engine {

namespace {

constexpr const char* kProbes = "nmap-service-probes";
using Kind = service::PortDetection::Outcome::Kind;

unsigned connections_for(int timing) {
  switch (timing) {
    case 3:
      return 2;
    case 4:
      return 4;
    case 5:
      return 8;
    default:
      return 1;
  }
}

std::string fingerprint_of(const service::Detected& detected, const PortReport& port, int intensity, WallTime now) {
  service::FingerprintHeader header;
  header.port = port.number;
  header.protocol = port.protocol;
  header.version = kVersion;
  header.tls = detected.tls;
  header.intensity = intensity;
  const std::time_t time = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&time, &local);
  header.month = local.tm_mon + 1;
  header.day = local.tm_mday;
  header.epoch = static_cast<std::uint32_t>(time);
  header.platform = SLUICE_PLATFORM;
  std::vector<service::FingerprintResponse> responses;
  for (const auto& each : detected.responses) responses.push_back({each.probe, each.bytes, each.size});
  return service::fingerprint(header, responses);
}

}  // namespace

bool VersionPlan::is_excluded(std::uint16_t port, Protocol protocol) const {
  return std::ranges::binary_search(excluded.of(protocol), port);
}

Result<VersionPlan> plan_versions(const Options& options, const model::DataFiles& files,
                                  const model::ServiceTable& services) {
  const auto path = files.find_file(kProbes);
  if (!path && options.version_file)
    return Error{"--versiondb: cannot read " + in_quotes(*options.version_file), ErrorCode::UnreadableFile};
  if (!path) return missing_data(kProbes);
  Result<service::ProbeFile> probes = service::ProbeFile::read(*path);
  if (!probes) return probes.error();
  if (!files.is_installed(*path))
    if (Result<void> checked = service::check_patterns(*probes); !checked) return checked.error();
  VersionPlan plan{std::move(*probes), {}};
  if (options.all_ports || plan.probes.excluded_ports().empty()) return plan;
  Result<model::PortLists> excluded = model::parse_ports(std::string(plan.probes.excluded_ports()),
                                                         {Protocol::Tcp, Protocol::Udp, Protocol::Sctp}, services);
  if (!excluded) return excluded.error().in(plan.probes.place(plan.probes.exclude_line()));
  plan.excluded = std::move(*excluded);
  return plan;
}

service::DetectorOptions detector_options(const Options& options, std::size_t slots) {
  service::DetectorOptions wanted;
  wanted.intensity = options.version_intensity;
  wanted.exact = options.version_exact;
  wanted.patience = options.version_patience;
  wanted.connections =
      options.version_exact ? 1 : options.version_connections.value_or(connections_for(options.timing));
  wanted.receive_limit = std::min(wanted.receive_limit, options.receive_limit);
  wanted.window = slots;
  return wanted;
}

std::optional<Service> service_of(const service::Detected& detected, const PortReport& port, int intensity,
                                  WallTime now) {
  constexpr int kProbed = 10, kWrapped = 8, kTable = 3;
  const Service* known = port.detail && port.detail->service ? &*port.detail->service : nullptr;  // by --targets-from
  Service service;
  service.tls = detected.tls;
  service.probed = true;
  service.confidence = kProbed;
  // docs/nse-compat.md, "Version detection", row 37: below the default intensity, only if all probes were sent without
  // a match.
  constexpr int kUsualIntensity = 7;
  const bool nothing_told = detected.kind == Kind::Unknown && !detected.cut_off;
  const bool unrecognised = detected.kind == Kind::Unknown || detected.kind == Kind::SoftMatched;
  if (nothing_told || (unrecognised && intensity >= kUsualIntensity))
    service.fingerprint = fingerprint_of(detected, port, intensity, now);
  switch (detected.kind) {
    case Kind::Matched:
    case Kind::SoftMatched:
      service.name = detected.hit->service;
      service.product = detected.hit->fields.product;
      service.version = detected.hit->fields.version;
      service.extrainfo = detected.hit->fields.info;
      service.hostname = detected.hit->fields.hostname;
      service.ostype = detected.hit->fields.os_type;
      service.devicetype = detected.hit->fields.device_type;
      service.cpe = detected.hit->fields.cpe;
      if (!detected.cut_off) break;
      service.probed = false;
      service.confidence = kTable;
      break;
    case Kind::Wrapped:
      service.name = "tcpwrapped";
      service.confidence = kWrapped;
      break;
    case Kind::Unknown:
      if (!detected.tls && service.fingerprint.empty()) return std::nullopt;
      service.name = known && !known->name.empty() ? known->name : std::string(port.table_service);
      service.tls = service.tls || (known && known->tls);
      service.probed = false;
      service.confidence = kTable;
      break;
  }
  return service;
}

}  // namespace sluice::engine
