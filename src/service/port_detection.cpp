// SPDX-License-Identifier: Apache-2.0
#include "service/port_detection.hpp"

#include <algorithm>
#include <utility>

#include "service/plan.hpp"

namespace sluice::service {

namespace {

constexpr int kMaxIntensity = 9;

bool is_tunnel(const ProbeResult& result) {
  return result.conclusion == Conclusion::Hard && result.hit->service == "ssl" && !result.hit->tls;
}

}  // namespace

PortDetection::PortDetection(const ProbeFile& file, const DetectionRequest& request) : file_(&file), request_(request) {
  make_order();
  update();
}

void PortDetection::make_order() {
  order_.clear();
  const auto plan_of = [this](int intensity) {
    return plan_probes(*file_, {request_.protocol, request_.port, intensity, tls_});
  };
  const std::vector<const Probe*> planned = plan_of(request_.intensity);
  // A higher intensity only adds probes, so the plan for the maximum has all of them in order.
  for (const Probe* probe : plan_of(kMaxIntensity))
    order_.push_back({probe, std::find(planned.begin(), planned.end(), probe) != planned.end()});
}

bool PortDetection::is_due(const Entry& entry, const ProbeResult* soft) const {
  if (!soft || request_.intensity == kMaxIntensity) return entry.planned;
  return entry.probe->has_line_for(soft->hit->line->service);
}

PortDetection::Status PortDetection::evaluate(bool without_null, std::vector<const ProbeResult*>* counted) const {
  Status status;
  const ProbeResult* soft = nullptr;
  bool all_closed = true;
  for (const Entry& entry : order_) {
    if (!is_due(entry, soft)) continue;
    const ProbeResult* result = result_of(*entry.probe);
    if (!result && without_null && entry.probe->is_null()) {
      all_closed = false;
      continue;
    }
    if (!result) {
      status.wanted.push_back(entry.probe);
      if (status.wanted.size() == request_.connections) return status;
      continue;
    }
    if (!status.wanted.empty()) {  // a later result counts only after the wanted probes have concluded
      if (result->conclusion == Conclusion::Hard) return status;
      continue;
    }
    if (counted) counted->push_back(result);
    const auto end = [&](Outcome::Kind kind, const ProbeResult* by) {
      status.outcome = Outcome{kind, by ? by->probe : nullptr};
      return status;
    };
    const bool all_closed_before = all_closed;
    all_closed = all_closed && result->conclusion == Conclusion::Closed;
    switch (result->conclusion) {
      case Conclusion::Hard:
        return end(Outcome::Kind::Matched, result);
      case Conclusion::Wrapped:
        return end(Outcome::Kind::Wrapped, nullptr);
      case Conclusion::Refused:
        end(soft                         ? Outcome::Kind::SoftMatched
            : all_closed_before && !tls_ ? Outcome::Kind::Wrapped
                                         : Outcome::Kind::Unknown,
            soft);
        status.outcome->cut_off = true;
        return status;
      case Conclusion::Soft:
        if (!soft) soft = result;
        break;
      case Conclusion::Unmatched:
      case Conclusion::Silent:
      case Conclusion::Closed:
        break;
    }
  }
  if (!status.wanted.empty()) return status;
  Outcome::Kind kind = Outcome::Kind::Unknown;
  if (soft)
    kind = Outcome::Kind::SoftMatched;
  else if (all_closed && !tls_)
    kind = Outcome::Kind::Wrapped;
  status.outcome = Outcome{kind, soft ? soft->probe : nullptr};
  return status;
}

std::optional<PortDetection::Outcome> PortDetection::outcome_without_null() const { return evaluate(true).outcome; }

bool PortDetection::conclude(ProbeResult result) {
  remove_result(*result.probe);
  const bool shares_connection = result.probe->is_null() && result.still_open && !result.response.empty();
  results_.push_back(std::move(result));
  if (const Probe* next = shares_connection ? first_after_null() : nullptr) remove_result(*next);
  update();
  const auto& outcome = status_.outcome;
  if (tls_ || !outcome || outcome->kind != Outcome::Kind::Matched || !is_tunnel(*result_of(*outcome->probe)))
    return false;
  tls_ = true;
  results_.clear();
  make_order();
  update();
  return true;
}

void PortDetection::remove_result(const Probe& probe) {
  std::erase_if(results_, [&](const ProbeResult& each) { return each.probe == &probe; });
}

void PortDetection::probe_alone() {
  request_.connections = 1;
  update();
}

const ProbeResult* PortDetection::result_of(const Probe& probe) const noexcept {
  const auto found = std::ranges::find(results_, &probe, &ProbeResult::probe);
  return found == results_.end() ? nullptr : &*found;
}

const Probe* PortDetection::first_after_null() const {
  const Probe* null = file_->null_probe();
  const ProbeResult* result = null ? result_of(*null) : nullptr;
  const ProbeResult* soft = result && result->conclusion == Conclusion::Soft ? result : nullptr;
  for (const Entry& entry : order_)
    if (entry.probe != null && is_due(entry, soft)) return entry.probe;
  return nullptr;
}

std::vector<const ProbeResult*> PortDetection::counted() const {
  std::vector<const ProbeResult*> counted;
  (void)evaluate(false, &counted);
  return counted;
}

}  // namespace sluice::service
