// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "service/fingerprint.hpp"
#include "service/matcher.hpp"
#include "service/probe_file.hpp"

namespace sluice::service {

/// How a service probe ended.
enum class Conclusion : std::uint8_t {
  Hard,       ///< a `match` line matched
  Soft,       ///< a `softmatch` line matched, and no `match` line until the end of the wait
  Unmatched,  ///< data were received, and no line matched
  Silent,     ///< no data until the end of the wait
  Closed,     ///< the peer closed or reset the connection before any data
  Wrapped,    ///< NULL was Closed, within `tcpwrappedms`
  Refused,    ///< the connect or the TLS handshake failed
};

/// Result of a service probe.
struct ProbeResult {
  const Probe* probe = nullptr;
  Conclusion conclusion = Conclusion::Silent;
  std::string response{};    ///< the received data
  std::size_t received = 0;  ///< size of the response before cut(); 0 if cut() was not called
  std::optional<Hit> hit{};  ///< with Hard and Soft
  /// With Hard: the soft line that matched before, when fewer data had been received.
  std::optional<Hit> soft{};
  bool still_open = false;  ///< true if the connection was open when the probe concluded
  Duration took{};          ///< time from sending the probe to its conclusion

  /// Shortens the response to the part that a fingerprint shows.
  void cut() {
    received = response.size();
    if (received > kShownBytes) response.erase(kShownBytes), response.shrink_to_fit();
  }
};

/// How a port is to be probed.
struct DetectionRequest {
  Protocol protocol = Protocol::Tcp;
  std::uint16_t port = 0;
  int intensity = 7;         ///< 0 to 9
  unsigned connections = 1;  ///< limit of the probes in flight
};

/// The state of the detection of one port: the results of its service probes, and what follows from them. A value
/// without timers and sockets. Its status depends on the results only, not on the order in which they were added. Not
/// thread-safe.
///
/// The probes have an order (docs/versions.md, "How a service is decided"). The service is decided by the first
/// matching probe in this order, as soon as all probes before it have concluded. Later probes may conclude before
/// earlier ones. After a `match` line of the service `ssl`, the detection restarts inside a TLS tunnel.
class PortDetection {
 public:
  /// `file` must outlive the object.
  PortDetection(const ProbeFile& file, const DetectionRequest& request);

  /// The result of the detection.
  struct Outcome {
    enum class Kind : std::uint8_t {
      Matched,      ///< by the response to `probe`
      SoftMatched,  ///< by the response to `probe`, whose line is soft
      Wrapped,      ///< `tcpwrapped`
      Unknown,      ///< no line matched
    };
    Kind kind = Kind::Unknown;
    const Probe* probe = nullptr;
    bool cut_off = false;  ///< a connection failed, which ended the detection
  };
  /// What follows from the results so far.
  struct Status {
    std::optional<Outcome> outcome{};
    /// The first probes without a result, in order, as many as may be in flight. Empty if there is an outcome.
    std::vector<const Probe*> wanted{};
  };
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  /// Returns the outcome that would follow if NULL, which is in flight, were silent; nothing if other probes are
  /// needed.
  [[nodiscard]] std::optional<Outcome> outcome_without_null() const;

  /// Adds a result. If it is that of NULL, with a response and its connection open, the result of the next probe is
  /// removed, because that probe must be sent on the same connection. Returns true if the detection restarts inside a
  /// TLS tunnel; the caller then closes all connections.
  bool conclude(ProbeResult result);
  /// Allows only one probe in flight from now on, because the port does not accept a second connection.
  void probe_alone();

  /// Returns the result of a probe, or null.
  [[nodiscard]] const ProbeResult* result_of(const Probe& probe) const noexcept;
  /// Returns the probe after NULL, whose result is known; null if there is none.
  [[nodiscard]] const Probe* first_after_null() const;
  [[nodiscard]] bool tls() const noexcept { return tls_; }
  [[nodiscard]] const DetectionRequest& request() const noexcept { return request_; }
  /// Returns the results that determine the status, in order: those before the first wanted probe.
  [[nodiscard]] std::vector<const ProbeResult*> counted() const;

 private:
  struct Entry {
    const Probe* probe;
    bool planned;  ///< true if sent without a soft match: it lists the port, or its rarity is within the intensity
  };
  void make_order();
  void remove_result(const Probe& probe);
  [[nodiscard]] bool is_due(const Entry& entry, const ProbeResult* soft) const;
  /// `without_null`: evaluates as if NULL were silent.
  [[nodiscard]] Status evaluate(bool without_null, std::vector<const ProbeResult*>* counted = nullptr) const;
  void update() { status_ = evaluate(false); }

  const ProbeFile* file_;
  DetectionRequest request_;
  bool tls_ = false;
  std::vector<Entry> order_;
  std::vector<ProbeResult> results_;
  Status status_;
};

}  // namespace sluice::service
