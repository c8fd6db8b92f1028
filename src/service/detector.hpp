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
#include "net/network.hpp"
#include "service/matcher.hpp"
#include "service/port_detection.hpp"
#include "service/probe_file.hpp"

namespace sluice::service {

/// Names a host in a Detector; stale once it is done or abandoned.
using HostId = Handle;

/// How services are detected.
struct DetectorOptions {
  int intensity = 7;         ///< 0 to 9
  unsigned connections = 2;  ///< to one TCP port at a time
  /// NULL waits as long as the file says, and one probe is in flight at a time.
  bool exact = false;
  /// How long NULL may stay silent; nothing: until a later probe shows that the peer does not speak first.
  std::optional<Duration> patience{};
  std::size_t receive_limit = 256u << 10;  ///< bytes of one response
  std::size_t window = 1024;               ///< connections that may be opened or open at a time
};

struct HostToDetect {
  struct Port {
    std::uint16_t number = 0;
    Protocol protocol = Protocol::Tcp;
  };
  Address address;
  std::string server_name{};            ///< for TLS; "" sends none
  std::optional<Endpoint> local{};      ///< that connections leave from
  core::HostSlotQueue* line = nullptr;  ///< of the host; outlives its detection
  std::optional<Duration> srtt{};       ///< smoothed round trip, if known
  std::vector<Port> ports{};
};

/// What was found out about one port.
struct Detected {
  PortDetection::Outcome::Kind kind = PortDetection::Outcome::Kind::Unknown;
  bool tls = false;              ///< within a TLS tunnel, or shown to be one
  bool cut_off = false;          ///< by a connection that failed
  bool answered = false;         ///< something was received, within the tunnel if there is one
  std::optional<Hit> hit{};      ///< of Matched and SoftMatched
  const Probe* probe = nullptr;  ///< whose response that was
  struct Response {
    std::string probe;
    std::string bytes;     ///< the first kShownBytes at least
    std::size_t size = 0;  ///< of all that was received
  };
  std::vector<Response> responses{};  ///< of Unknown and SoftMatched, in the order of probing; for the fingerprint
  std::size_t connections = 0;        ///< that were opened
  Duration elapsed{};
};

/// Receives the services of one host. Called from run_turn; may start and abandon hosts, this one included.
class DetectionObserver {
 public:
  virtual ~DetectionObserver() = default;
  /// `port`: index in HostToDetect::ports.
  virtual void on_detected(HostId host, std::size_t port, Detected detected) = 0;
  /// The last call; the id is stale.
  virtual void on_host_detected(HostId host) = 0;
};

/// Detects the services of many hosts at a time. Each connection holds a slot while it is open. Owned by a shard; not
/// thread-safe. Sends, and calls observers, only from run_turn.
///
/// Ports begin in the order of their hosts, half as many at a time as there are slots, in all and for a host.
///
/// A port has one connection until NULL has been silent for max(3 round trips, 50 ms), then up to
/// DetectorOptions::connections; PortDetection decides by the order of the probes. NULL counts as silent early if the
/// other probes show a service whose servers do not speak first, and NULL has been silent for max(3 x the time of that
/// response, 10 round trips, 250 ms). Nothing else is cut short. A probe without a response concludes only after its
/// connection has been the oldest one to the port for max(3 round trips, 250 ms), as the server may take its clients in
/// turn.
class Detector final : public core::Completions, private core::Expirable {
 public:
  struct Parts {
    net::Sockets& sockets;
    core::SlotPool& slots;
    core::Deadlines& deadlines;
    const Clock& clock;
    core::RateLimiter* rate = nullptr;  ///< --max-rate; null: none
    /// Receives a line for each step; may be empty.
    std::function<void(const std::string& line)> trace{};
  };
  /// `file` and the parts outlive it.
  Detector(const ProbeFile& file, Matcher& matcher, const DetectorOptions& options, Parts parts);
  ~Detector() override;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  /// `observer` outlives the host.
  HostId start(HostToDetect host, DetectionObserver& observer);
  /// Ends a host now; the observer receives nothing more. A stale id does nothing.
  void abandon(HostId host);
  /// The share of a host's ports that are decided, 0 to 1; 1 for a stale id.
  [[nodiscard]] double progress(HostId host) const;

  [[nodiscard]] bool ready() const noexcept { return !inbox_.empty() || !due_.empty() || pump_; }
  void run_turn();
  [[nodiscard]] std::size_t hosts() const noexcept { return hosts_.size(); }
  /// Connections that are open or being opened.
  [[nodiscard]] std::size_t connections() const noexcept { return open_; }

  /// Files a reply; called by the network and the slot pool.
  void complete(core::Ticket ticket, core::Reply reply) override;

  static constexpr Duration kMaxTurn = std::chrono::milliseconds(20);
  static constexpr Duration kConnectTimeout = std::chrono::seconds(5);
  static constexpr Duration kTlsTimeout = std::chrono::seconds(8);  ///< of connect and handshake
  static constexpr unsigned kMaxConnects = 3;                       ///< that time out, for one probe

 private:
  static constexpr std::uint64_t kRateTimer = ~std::uint64_t{0};  ///< the cookie that is no port's
  struct Port;
  struct Connection;
  struct Host;
  struct Filed {
    core::Ticket ticket;
    core::Reply reply;
  };

  void expired(std::uint64_t cookie) override;
  void mark_due(Port& port);
  /// So many ports of `slots` are detected at a time that each can have a second connection.
  [[nodiscard]] std::size_t ports_within(std::size_t slots) const noexcept;
  void queue_host(Host& host);
  /// Begins ports, of each queued host in turn, while there is room for more.
  void start_ports();
  /// Brings the connections of a port in line with what its detection wants.
  void update(Port& port);
  void finish(Port& port);
  [[nodiscard]] bool may_speculate(Port& port, TimePoint now);
  /// Concludes NULL as silent if the time for it has come.
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
  /// True if the server may not have taken the connection yet; extends the deadline of its response then.
  [[nodiscard]] bool extend_wait(Connection& connection);
  void conclude(Connection& connection, Conclusion conclusion, bool still_open);
  void settle_idle(Port& port, bool null_spoke);
  /// Drops what a second connection brought, which says nothing: the port takes one at a time.
  void probe_alone(Connection& connection);
  /// A connect that timed out is no answer: connects again.
  void reopen(Connection& connection);
  void end(Connection& connection) noexcept;
  void end_all(Port& port) noexcept;
  [[nodiscard]] bool has_other_open(const Connection& connection) const;
  /// The connection on which a probe is in flight; null if there is none.
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
  std::deque<HostId> waiting_;  ///< hosts whose next port may begin
  std::size_t active_ = 0;      ///< ports
  std::deque<Handle> due_;      ///< ports to be advanced
  std::deque<Handle> queued_;   ///< connections that wait for the window or the rate
  core::Deadlines::Id rate_timer_{};
  bool pump_ = false;  ///< queued connections may be opened
  std::size_t open_ = 0;
  double window_;
  TimePoint halved_ = TimePoint::min();
};

}  // namespace sluice::service
