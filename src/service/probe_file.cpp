// SPDX-License-Identifier: Apache-2.0
#include "service/probe_file.hpp"

#include <algorithm>
#include <utility>

#include "base/text_file.hpp"

namespace sluice::service {

bool PortRanges::contains(std::uint16_t port) const noexcept {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [port](const Range& range) { return range.first <= port && port <= range.last; });
}

bool Probe::has_line_for(std::string_view service) const noexcept {
  return std::any_of(lines.begin(), lines.end(), [service](const MatchLine& line) { return line.service == service; });
}

ProbeFile::ProbeFile(std::string text, std::string path)
    : text_(std::make_unique<const std::string>(std::move(text))), path_(std::move(path)) {}

Result<ProbeFile> ProbeFile::read(const std::string& path) {
  auto text = read_bytes(path);
  if (!text) return text.error();
  return parse(std::move(*text), path);
}

const Probe* ProbeFile::null_probe() const noexcept {
  return null_ < 0 ? nullptr : &probes_[static_cast<std::size_t>(null_)];
}

bool ProbeFile::server_first(std::string_view service) const noexcept {
  const auto found = services_.find(service);
  return found != services_.end() && found->second.all > 0 && found->second.null * 2 >= found->second.all;
}

model::Payloads udp_payloads(const ProbeFile& file) {
  model::Payloads payloads;
  for (const Probe& probe : file.probes())
    if (probe.protocol == Protocol::Udp && !probe.no_payload)
      for (const auto& [first, last] : probe.ports.ranges())
        for (unsigned port = first; port <= last; ++port) payloads.add(static_cast<std::uint16_t>(port), probe.payload);
  return payloads;
}

}  // namespace sluice::service
