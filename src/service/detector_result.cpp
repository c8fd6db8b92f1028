// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "service/detector_parts.hpp"

namespace sluice::service {

Detected Detector::detected_by(const Port& port, TimePoint now) const {
  using Kind = PortDetection::Outcome::Kind;
  const PortDetection& detection = port.detection;
  const PortDetection::Outcome& outcome = *detection.status().outcome;
  Detected detected;
  detected.kind = outcome.kind;
  detected.tls = detection.tls();
  detected.connections = port.opened;
  detected.elapsed = now - port.started;
  detected.probe = outcome.probe;
  detected.cut_off = outcome.cut_off;
  const Hit* soft = nullptr;
  for (const ProbeResult* each : detection.counted()) {
    const auto& candidate = each->conclusion == Conclusion::Soft ? each->hit : each->soft;
    if (!soft && candidate) soft = &*candidate;
    if (each->response.empty()) continue;
    detected.answered = true;
    if (outcome.kind == Kind::Unknown || outcome.kind == Kind::SoftMatched)
      detected.responses.push_back(
          {std::string(each->probe->name), each->response, std::max(each->received, each->response.size())});
  }
  if (outcome.probe) {
    detected.hit = detection.result_of(*outcome.probe)->hit;
    if (soft && outcome.kind == Kind::Matched) detected.hit->fields = overlaid(soft->fields, detected.hit->fields);
    detected.tls = detected.tls || detected.hit->tls;
  }
  return detected;
}

// The texts are those of Nmap's --version-trace (docs/nse-compat.md, "Version detection").

void Detector::trace_sending(const Port& port, const Probe& probe) const {
  if (!parts_.trace) return;
  const DetectionRequest& request = port.detection.request();
  parts_.trace(fmt::format("Service scan sending probe {} to {}:{} ({})", probe.name,
                           hosts_.at(port.host).what.address.text(), request.port, to_text(request.protocol)));
}

std::string Detector::match_text(const Port& port, const Probe& probe, const Hit& hit) const {
  const Fields& fields = hit.fields;
  const bool has_version = !fields.product.empty() || !fields.version.empty() || !fields.info.empty();
  const char* kind = has_version ? "" : hit.line->soft ? "soft " : "hard ";
  std::string text =
      fmt::format("Service scan {}match (Probe {} matched with {} line {}): {}:{} is {}{}", kind, probe.name,
                  hit.probe->name, hit.line->number, hosts_.at(port.host).what.address.text(),
                  port.detection.request().port, port.detection.tls() || hit.tls ? "SSL/" : "", hit.service);
  if (has_version) text += fmt::format(".  Version: |{}|{}|{}|", fields.product, fields.version, fields.info);
  return text;
}

}  // namespace sluice::service
