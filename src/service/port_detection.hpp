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

/// What a service probe brought.
enum class Conclusion : std::uint8_t {
  Hard,       ///< a `match` line
  Soft,       ///< a `softmatch` line, and no better one until the wait was over
  Unmatched,  ///< bytes that no line matches
  Silent,     ///< nothing during the wait
  Closed,     ///< nothing before the peer closed or reset the connection
  Wrapped,    ///< the same after NULL, before `tcpwrappedms`
  Refused,    ///< no connection could be made, or no TLS handshake
};

struct ProbeResult {
  const Probe* probe = nullptr;
  Conclusion conclusion = Conclusion::Silent;
  std::string response{};    ///< what was received
  std::size_t received = 0;  ///< bytes, if the response has been cut
  std::optional<Hit> hit{};  ///< of Hard and Soft
  /// Of Hard: the soft line that matched before, when less had been received.
  std::optional<Hit> soft{};
  bool still_open = false;  ///< the connection was, when the probe concluded
  Duration took{};          ///< from the sending of the probe to the conclusion

  /// Keeps as much of the response as a fingerprint shows.
  void cut() {
    received = response.size();
    if (received > kShownBytes) response.erase(kShownBytes), response.shrink_to_fit();
  }
};

/// How a port is probed.
struct DetectionRequest {
  Protocol protocol = Protocol::Tcp;
  std::uint16_t port = 0;
  int intensity = 7;         ///< 0 to 9
  unsigned connections = 1;  ///< service probes in flight at a time
};

/// The state of the detection of one port: the results of its service probes so far, and what follows from them. A
/// value without timers and sockets; a function of the results alone, in whatever order they came.
///
/// The probes have an order (docs/versions.md). The service is decided by the first probe in that order all of whose
/// predecessors have concluded; a probe that is behind may conclude before. After a `match` of the service `ssl` the
/// detection starts anew within TLS.
class PortDetection {
 public:
  /// `file` must outlive it.
  PortDetection(const ProbeFile& file, const DetectionRequest& request);

  /// How the detection ended.
  struct Outcome {
    enum class Kind : std::uint8_t {
      Matched,      ///< by the response to `probe`
      SoftMatched,  ///< by the response to `probe`
      Wrapped,
      Unknown,
    };
    Kind kind = Kind::Unknown;
    const Probe* probe = nullptr;
    bool cut_off = false;  ///< by a connection that failed
  };
  struct Status {
    std::optional<Outcome> outcome{};
    /// The first probes without a result, in order, as many as may be in flight. Empty once there is an outcome.
    std::vector<const Probe*> wanted{};
  };
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  /// The outcome if NULL, which is in flight, concluded as silent; nothing if other probes would have to follow.
  [[nodiscard]] std::optional<Outcome> outcome_without_null() const;

  /// Adds a result. That of NULL, with a response and its connection still open, removes the result of the next probe:
  /// it has to be sent on that connection, behind the response. Returns true if the detection starts anew within TLS:
  /// all connections are to be closed.
  bool conclude(ProbeResult result);
  /// From now on one probe is in flight at a time: the port takes no second connection.
  void probe_alone();

  [[nodiscard]] const ProbeResult* result_of(const Probe& probe) const noexcept;
  /// The probe that follows NULL, which has concluded; null if none does.
  [[nodiscard]] const Probe* first_after_null() const;
  [[nodiscard]] bool tls() const noexcept { return tls_; }
  [[nodiscard]] const DetectionRequest& request() const noexcept { return request_; }
  /// The results that count, in the order of probing: those before the first that is wanted.
  [[nodiscard]] std::vector<const ProbeResult*> counted() const;

 private:
  struct Entry {
    const Probe* probe;
    bool planned;  ///< sent without a soft match: listed, or of a rarity up to the intensity
  };
  void make_order();
  void remove_result(const Probe& probe);
  [[nodiscard]] bool is_due(const Entry& entry, const ProbeResult* soft) const;
  /// `without_null`: NULL counts as silent.
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
