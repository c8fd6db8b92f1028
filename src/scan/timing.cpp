// SPDX-License-Identifier: Apache-2.0
#include "scan/timing.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::scan {

using namespace std::chrono_literals;

namespace {

Timing from_template(int level) {
  Timing timing;
  switch (level) {
    case 0:
      timing.scan_delay = 5min;
      break;
    case 1:
      timing.scan_delay = 15s;
      break;
    case 2:
      timing.scan_delay = 400ms;
      break;
    case 4:
      timing.rtt = {.initial = 500ms, .min = 100ms, .max = 1250ms};
      timing.max_retries = 6;
      timing.max_tcp_delay = 10ms;
      break;
    case 5:
      timing.rtt = {.initial = 250ms, .min = 50ms, .max = 300ms};
      timing.max_retries = 2;
      timing.max_tcp_delay = 5ms;
      break;
    default:
      break;
  }
  return timing;
}

void apply_rtt(RttEstimator::Bounds& rtt, const Options& options) {
  if (options.initial_rtt_timeout) rtt.initial = *options.initial_rtt_timeout;
  if (options.min_rtt_timeout) {
    rtt.min = *options.min_rtt_timeout;
    rtt.max = std::max(rtt.max, rtt.min);
  }
  if (options.max_rtt_timeout) {
    rtt.max = *options.max_rtt_timeout;
    rtt.min = std::min(rtt.min, rtt.max);
  } else if (options.initial_rtt_timeout) {
    rtt.max = std::max(rtt.max, rtt.initial);
  }
  rtt.initial = std::clamp(rtt.initial, rtt.min, rtt.max);
}

}  // namespace

std::size_t in_flight_at(double per_second, const RttEstimator::Bounds& rtt) {
  const Duration longest = std::min(2 * rtt.initial, rtt.max);  // of the two attempts at a port without an answer
  return static_cast<std::size_t>(std::ceil(per_second * std::chrono::duration<double>(longest).count()));
}

Timing timing_for(const Options& options, std::size_t descriptors) {
  Timing timing = from_template(options.timing);
  apply_rtt(timing.rtt, options);
  if (options.max_retries) timing.max_retries = *options.max_retries;
  if (options.scan_delay) timing.scan_delay = *options.scan_delay;
  timing.max_rate = options.max_rate;
  timing.min_rate = options.min_rate;
  // Delays caused by losses would prevent a minimum rate.
  if (options.min_rate) timing.max_tcp_delay = timing.max_udp_delay = Duration{0};
  if (options.max_scan_delay) timing.max_tcp_delay = timing.max_udp_delay = *options.max_scan_delay;
  timing.max_tcp_delay = std::max(timing.max_tcp_delay, timing.scan_delay);
  timing.max_udp_delay = std::max(timing.max_udp_delay, timing.scan_delay);

  // Scripts may use a quarter of the descriptors at the same time. Files and libraries share the rest.
  timing.max_in_flight = std::clamp<std::size_t>(descriptors / 4, 10, 1024);
  if (options.max_parallelism)
    timing.max_in_flight = std::max(1u, *options.max_parallelism);
  else if (options.min_rate)
    timing.max_in_flight = std::clamp(in_flight_at(*options.min_rate, timing.rtt), timing.max_in_flight,
                                      std::max(timing.max_in_flight, descriptors / 4));
  else if (options.timing <= 2)
    timing.max_in_flight = 1;
  timing.max_in_flight_per_host = std::min(timing.max_in_flight, timing.max_in_flight_per_host);
  if (options.min_parallelism)
    timing.min_in_flight_per_host = std::clamp<std::size_t>(*options.min_parallelism, 1, timing.max_in_flight);
  timing.max_in_flight_per_host = std::max(timing.max_in_flight_per_host, timing.min_in_flight_per_host);
  return timing;
}

}  // namespace sluice::scan
