#include "service/detector_parts.hpp"

namespace sluice::service {

Detected Detector::detected_by(const Port& port, TimePoint now) const {
  using Kind = PortDetection::Outcome::Kind;
  const PortDetection& detection = port.detection;
  const PortDetection::Outcome& outcome = *detection.standing().outcome;
  Detected detected;
  detected.kind = outcome.kind;
  detected.tls = detection.tls();
  detected.connections = port.opened;
  detected.elapsed = now - port.started;
  detected.probe = outcome.probe;
  for (const ProbeResult* each : detection.counted()) {
    if (each->response.empty()) continue;
    detected.answered = true;
    if (outcome.kind == Kind::Unknown || outcome.kind == Kind::SoftMatched)
      detected.responses.push_back({std::string(each->probe->name), each->response});
  }
  if (outcome.probe) {
    detected.hit = detection.result_of(*outcome.probe)->hit;
    detected.tls = detected.tls || detected.hit->tls;
  }
  return detected;
}

}  // namespace sluice::service
