#pragma once

#include <optional>
#include <sluice/options.hpp>

#include "scan/rtt_estimator.hpp"

namespace sluice::scan {

/// How hard and how patiently a run probes: a -T template with the user's own values on top.
struct Timing {
  RttEstimator::Bounds rtt;
  unsigned max_retries = 10;                         ///< retransmissions of a silent probe
  Duration scan_delay{0};                            ///< between two probes to one host
  Duration max_tcp_delay = std::chrono::seconds(1);  ///< what losses may raise it to
  Duration max_udp_delay = std::chrono::seconds(1);
  std::size_t max_in_flight = 300;  ///< probes without an answer, over all hosts
  std::size_t max_in_flight_per_host = 300;
  std::size_t min_in_flight_per_host = 1;  ///< losses never shrink a host's window below
  /// Probes per second over all hosts: no more; and so many, as long as there are any, whatever the hosts' windows say.
  std::optional<double> max_rate, min_rate;
};

/// So many probes may be in flight at a rate, where all ports are silent.
std::size_t in_flight_at(double per_second, const RttEstimator::Bounds& rtt);

/// The timing that the options ask for on a machine where a process may have `descriptors` descriptors (cli.md section
/// 3). Values that contradict each other give way to the user's own; of two of the user's, to the maximum.
Timing timing_for(const Options& options, std::size_t descriptors);

}  // namespace sluice::scan
