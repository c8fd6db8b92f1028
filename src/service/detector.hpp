// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/report.hpp>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/slab.hpp"
#include "core/deadlines.hpp"
#include "core/rate_limiter.hpp"
#include "core/slot_pool.hpp"
#include "core/ticket.hpp"
#include "net/sockets.hpp"
#include "service/matcher.hpp"
#include "service/port_detection.hpp"
#include "service/probe_file.hpp"

namespace sluice::service {

/// Identifies a host in a Detector. Stale after the host has ended or was abandoned.
using HostId = Handle;

/// How services are detected. A probe is a service probe in this directory. NULL is the probe that sends nothing and
/// waits for a greeting.
struct DetectorOptions {
  int intensity = 7;         ///< 0 to 9
  unsigned connections = 2;  ///< to one TCP port at the same time
  /// If true, NULL waits for the time that the file sets, and one probe is in flight at a time.
  bool exact = false;
  /// Time after which NULL counts as silent. If empty, a later probe must show that the server does not speak first.
  std::optional<Duration> patience{};
  std::size_t receive_limit = 256u << 10;  ///< limit of one response, in bytes
  std::size_t window = 1024;               ///< limit of the connections that are open or being opened
};

/// A host whose services are to be detected.
struct HostToDetect {
  struct Port {
    std::uint16_t number = 0;
    Protocol protocol = Protocol::Tcp;
  };
  Address address;
  std::string server_name{};            ///< for TLS; "" sends no name
  std::optional<Endpoint> local{};      ///< local end of the connections
  core::HostSlotQueue* line = nullptr;  ///< must outlive the detection of the host
  std::optional<Duration> srtt{};       ///< smoothed round-trip time, if known
  std::vector<Port> ports{};
};

/// What was detected on a port.
struct Detected {
  PortDetection::Outcome::Kind kind = PortDetection::Outcome::Kind::Unknown;
  bool tls = false;              ///< the service is in a TLS tunnel, or is known to use TLS
  bool cut_off = false;          ///< a connection failed, which ended the detection
  bool answered = false;         ///< data were received; with a tunnel, inside of it
  std::optional<Hit> hit{};      ///< with Matched and SoftMatched
  const Probe* probe = nullptr;  ///< the probe whose response matched
  struct Response {
    std::string probe;
    std::string bytes;     ///< at least the first kShownBytes
    std::size_t size = 0;  ///< size of the whole response
  };
  std::vector<Response> responses{};  ///< with Unknown and SoftMatched, in the order of the probes; for the fingerprint
  std::size_t connections = 0;        ///< number of opened connections
  Duration elapsed{};
};

/// Receives the services of one host. Called from Detector::run_turn only. May start and abandon hosts, its own
/// included.
class DetectionObserver {
 public:
  virtual ~DetectionObserver() = default;
  /// The detection of a port has ended. `port`: index in HostToDetect::ports.
  virtual void on_detected(HostId host, std::size_t port, Detected detected) = 0;
  /// The detection of the host has ended. This is the last call; the id is already stale.
  virtual void on_host_detected(HostId host) = 0;
};

/// Detects the services of many hosts at the same time.
/// Invariant: each open connection holds a slot. Data are sent, and observers called, by run_turn() only. Owned by the
/// shard. Not thread-safe.
///
/// Ports start in the order of their hosts. Half as many ports as slots are active at the same time, in all and per
/// host.
///
/// A port has one connection until NULL has been silent for max(3 round trips, 50 ms). Then it has up to
/// DetectorOptions::connections. PortDetection decides by the order of the probes, not by the order of the responses.
///
/// NULL counts as silent before the end of its wait under two conditions:
/// - another probe shows a service whose servers do not speak first, and
/// - NULL has been silent for max(3 x the time of that response, 10 round trips, 250 ms).
/// No other wait is shortened.
///
/// A server may accept one client after the other. So a probe counts as unanswered only after its connection has been
/// the oldest one to the port for max(3 round trips, 250 ms). docs/versions.md, "How a service is decided".
class Detector final : public core::Completions, private core::Expirable {
 public:
  /// The parts of the shard that a Detector uses. All must outlive it.
  struct Parts {
    net::Sockets& sockets;
    core::SlotPool& slots;
    core::Deadlines& deadlines;
    const Clock& clock;
    core::RateLimiter* rate = nullptr;  ///< of `--max-rate`; null without the option
    /// Receives a line for each step (`--version-trace`); may be empty.
    std::function<void(const std::string& line)> trace{};
  };
  /// `file` and `matcher` must outlive the detector.
  Detector(const ProbeFile& file, Matcher& matcher, const DetectorOptions& options, Parts parts);
  /// Closes all connections. Observers are not called.
  ~Detector() override;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  /// Adds a host and returns its id. `observer` must outlive the host.
  HostId start(HostToDetect host, DetectionObserver& observer);
  /// Ends a host. Its observer is not called again. A stale id has no effect.
  void abandon(HostId host);
  /// Returns the fraction of the host's ports that are decided, from 0 to 1; 1 if `host` is stale.
  [[nodiscard]] double progress(HostId host) const;

  /// True if run_turn() has work.
  [[nodiscard]] bool ready() const noexcept { return !inbox_.empty() || !due_.empty() || pump_; }
  /// Handles the replies that have arrived, updates the ports they concern, and opens queued connections. Takes about
  /// kMaxTurn at most; the rest follows in the next turn.
  void run_turn();
  [[nodiscard]] std::size_t hosts() const noexcept { return hosts_.size(); }
  /// Returns the number of connections that are open or being opened.
  [[nodiscard]] std::size_t connections() const noexcept { return open_; }

  /// Stores a reply for the next turn. Called by the network and the slot pool.
  void complete(core::Ticket ticket, core::Reply reply) override;

  static constexpr Duration kMaxTurn = std::chrono::milliseconds(20);
  static constexpr Duration kConnectTimeout = std::chrono::seconds(5);
  static constexpr Duration kTlsTimeout = std::chrono::seconds(8);  ///< for connect and handshake
  static constexpr unsigned kMaxConnects = 3;                       ///< connects per probe that may time out

 private:
  static constexpr std::uint64_t kRateTimer = ~std::uint64_t{0};  ///< cookie of the deadline that belongs to no port
  struct Port;
  struct Connection;
  struct Host;
  struct Filed {
    core::Ticket ticket;
    core::Reply reply;
  };

  void expired(std::uint64_t cookie) override;
  void mark_due(Port& port);
  /// Returns how many ports may be active with `slots` slots. Each of them can have a second connection.
  [[nodiscard]] std::size_t ports_within(std::size_t slots) const noexcept;
  void queue_host(Host& host);
  /// Starts ports, in turn of each queued host, up to the limits.
  void start_ports();
  /// Opens and closes connections so that they fit PortDetection::Status::wanted.
  void update(Port& port);
  void finish(Port& port);
  /// True if a second connection may be opened now. Otherwise arms the timer of the port, if time can change that.
  [[nodiscard]] bool may_speculate(Port& port, TimePoint now);
  /// Concludes NULL as silent if its time has come; otherwise arms the timer of the port.
  void cut_null(Port& port, TimePoint now);
  void send_probe(Port& port, const Probe& probe);

  void request_slot(Connection& connection);
  void open_queued();
  void connect(Connection& connection);
  void send(Connection& connection);
  void receive(Connection& connection);
  void handle(Connection& connection, const core::Reply& reply);
  void handle_connect(Connection& connection, const core::Reply& reply);
  void handle_data(Connection& connection, const core::Reply& reply);
  void handle_end(Connection& connection, const core::Reply& reply);
  /// True if the server may not have accepted the connection yet. Then extends the deadline of its response.
  [[nodiscard]] bool extend_wait(Connection& connection);
  void conclude(Connection& connection, Conclusion conclusion, bool still_open);
  void settle_idle(Port& port, bool null_spoke);
  /// Closes a second connection without a result, and sends one probe at a time to the port from now on.
  void probe_alone(Connection& connection);
  /// Connects again after a connect that timed out.
  void reopen(Connection& connection);
  void end(Connection& connection) noexcept;
  void end_all(Port& port) noexcept;
  [[nodiscard]] bool has_other_open(const Connection& connection) const;
  /// Returns the connection on which `probe` is in flight, or null.
  [[nodiscard]] Connection* find_connection(Port& port, const Probe& probe);
  [[nodiscard]] Detected detected_by(const Port& port, TimePoint now) const;
  void trace_sending(const Port& port, const Probe& probe) const;
  [[nodiscard]] std::string match_text(const Port& port, const Probe& probe, const Hit& hit) const;
  [[nodiscard]] core::Completion operation(Connection& connection) noexcept;
  [[nodiscard]] Duration round_trip(const Port& port) const;
  void arm(Port& port, TimePoint due);

  const ProbeFile& file_;
  Matcher& matcher_;
  DetectorOptions options_;
  Parts parts_;
  Slab<Host> hosts_;
  Slab<Port> ports_;
  Slab<Connection> connections_;
  std::deque<Filed> inbox_;
  std::deque<HostId> waiting_;  ///< hosts whose next port may start
  std::size_t active_ = 0;      ///< number of active ports
  std::deque<Handle> due_;      ///< ports for update()
  std::deque<Handle> queued_;   ///< connections that wait for the window or the rate
  core::Deadlines::Id rate_timer_{};
  bool pump_ = false;  ///< true if queued connections may be opened
  std::size_t open_ = 0;
  double window_;
  TimePoint halved_ = TimePoint::min();
};

}  // namespace sluice::service
