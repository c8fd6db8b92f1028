// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/options.hpp>

#include "scan/rtt_estimator.hpp"

namespace sluice::scan {

/// Limits for the probes of a run: a `-T` template with the values of other options.
struct Timing {
  RttEstimator::Bounds rtt;
  unsigned max_retries = 10;                         ///< retransmissions of a probe without an answer
  Duration scan_delay{0};                            ///< between two probes to one host
  Duration max_tcp_delay = std::chrono::seconds(1);  ///< limit of the delay after losses
  Duration max_udp_delay = std::chrono::seconds(1);
  std::size_t max_in_flight = 300;  ///< probes without an answer, to all hosts
  std::size_t max_in_flight_per_host = 300;
  std::size_t min_in_flight_per_host = 1;  ///< lower limit of the window of a host
  /// Probes per second to all hosts. min_rate has precedence over the windows of hosts.
  std::optional<double> max_rate, min_rate;
};

/// Returns the number of probes in flight at a rate if no port answers.
std::size_t in_flight_at(double per_second, const RttEstimator::Bounds& rtt);

/// Returns the timing for the options (docs/options.md; templates: docs/nse-compat.md, "Port states and timing").
/// `descriptors`: limit of descriptors of the process. If values contradict each other, those of options have
/// precedence over the template; of two options, the maximum has precedence.
Timing timing_for(const Options& options, std::size_t descriptors);

}  // namespace sluice::scan
