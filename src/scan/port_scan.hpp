#pragma once

#include <functional>
#include <optional>
#include <random>
#include <sluice/address.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/intrusive_list.hpp"
#include "core/deadlines.hpp"
#include "core/rate_limiter.hpp"
#include "net/network.hpp"
#include "net/pinger.hpp"
#include "scan/kept_rate.hpp"
#include "scan/pace.hpp"
#include "scan/port_status.hpp"
#include "scan/probe_queue.hpp"
#include "scan/rtt_estimator.hpp"
#include "scan/timing.hpp"

namespace sluice::scan {

/// Names a host in a PortScan; stale once it is done or abandoned.
using HostId = Handle;

struct ScannedPort {
  std::uint16_t number = 0;
  Protocol protocol = Protocol::Tcp;
  PortStatus status;
};

/// What a scan, or as much of it as there was time for, found out about a host.
struct HostResult {
  bool up = false;  ///< something came back
  /// Of the first answer; else NotSent if a probe could not be sent; else of the first refusal by the network.
  Reason reason = Reason::NoResponse;
  int reason_ttl = 0;              ///< of the answer to a ping; 0 if unknown
  std::string mac;                 ///< of the answer by ARP or neighbour discovery, 6 raw bytes
  std::vector<ScannedPort> ports;  ///< TCP, then UDP, each in the order of the job; of a discovery none
  std::optional<RoundTrip> times;
};

/// Whoever wants to know about one host. Called from run_turn; may start and abandon hosts, this one included.
class HostObserver {
 public:
  virtual ~HostObserver() = default;
  virtual void on_port_open(HostId host, std::uint16_t port, Protocol protocol) = 0;
  /// The last call; the id is stale already.
  virtual void on_host_done(HostId host, HostResult result) = 0;
};

struct HostJob {
  /// Ports: probe all of them. Discovery: is the host up? Any answer, a refusal included, ends it.
  enum class Kind : std::uint8_t { Ports, Discovery };
  Kind kind = Kind::Ports;
  Address address;
  std::vector<std::uint16_t> tcp_ports, udp_ports;
  std::optional<RoundTrip> times;     ///< what an earlier job learnt about the host
  std::vector<net::Ping> pings{};     ///< Discovery: sent beside the probes of the TCP ports
  std::optional<net::Route> route{};  ///< with Ping::Neighbour
};

/// Probes the ports of many hosts at a time; one object for the whole run. At most Timing::max_in_flight probes are
/// without an answer; hosts take turns, each with a window and a pace of its own (Pace), and a host's TCP ports come
/// before its UDP ports. Everything done per probe is O(1). Nothing is sent and nobody called but from run_turn.
///
/// A probe for which the system has too little of something is made again later; its timer runs once it is sent. When
/// no probe could be sent for kPatience, those that cannot be sent are given up, and their ports are kNotSent.
class PortScan final : public core::Completions, private core::Expirable {
 public:
  struct Config {
    Timing timing;
    bool sequential = false;        ///< -r
    std::uint64_t seed = 0;         ///< of the order of the ports
    std::optional<Address> source;  ///< -S; for hosts of its family
    std::uint16_t source_port = 0;  ///< -g
    /// The datagrams that make up the probe of a UDP port; none: one empty datagram.
    std::function<std::vector<std::string>(std::uint16_t port)> payloads;
    /// Hears what becomes of each probe: that it was sent, how it was answered (--packet-trace); none: nobody does.
    /// `probe`: "TCP", "UDP" or the name of a ping, whose remote end has port 0.
    std::function<void(std::string_view probe, const Endpoint& remote, std::string_view what)> trace;
    /// Sends the pings of jobs that have any, and must outlive the scan; null: no job has.
    net::Pinger* pinger = nullptr;
    /// Called with the errno for each port that is unknown because a probe could not be sent; may be empty.
    std::function<void(int error)> given_up;
  };
  static constexpr std::chrono::seconds kPatience{30};
  /// All three must outlive it.
  PortScan(Config config, net::Network& network, core::Deadlines& deadlines, const Clock& clock);
  /// Gives up whatever is in flight.
  ~PortScan() override;

  HostId start(HostJob job, HostObserver& observer);
  /// Ends a host now. What has been found is returned, ports without a status left out; the observer hears no more.
  /// Empty for a stale id.
  HostResult abandon(HostId host);

  /// The share of a host's ports on which the status is known, 0 to 1. Walks them.
  [[nodiscard]] double progress(HostId host) const;
  /// How far --min-rate was kept; null without it.
  [[nodiscard]] const KeptRate* kept_rate() const noexcept { return kept_ ? &*kept_ : nullptr; }

  /// --max-rate, which connections of others count for as well; null without it.
  [[nodiscard]] core::RateLimiter* max_rate() noexcept { return max_rate_ ? &*max_rate_ : nullptr; }

  /// Is there anything that run_turn would do now?
  [[nodiscard]] bool ready() const noexcept;
  /// Takes in the replies that have come, then sends what may be sent, at most kProbesPerTurn probes.
  void run_turn();
  static constexpr unsigned kProbesPerTurn = 64;
  /// A connect may block where a library has taken its place (proxychains): then a turn ends sooner.
  static constexpr std::chrono::milliseconds kLongestTurn{50};

  [[nodiscard]] std::size_t hosts() const noexcept { return hosts_.size(); }
  [[nodiscard]] std::size_t in_flight() const noexcept { return probes_.size(); }
  /// Files a reply; called by the network.
  void complete(core::Ticket ticket, core::Reply reply) override;

 private:
  struct RoundTag;
  struct OfHostTag;
  struct Port {
    std::uint16_t number = 0;
    bool settled = false;  ///< the status holds unless something better comes
    PortStatus status;
    std::optional<net::Ping> ping{};  ///< no port: what is sent instead of a connect
  };
  struct Probe : ListNode<OfHostTag> {
    HostId host;
    Attempt attempt;
    Duration timeout{};
    TimePoint sent;
    core::Ticket ticket;
    net::SocketId socket;
    net::PingId ping;
    std::vector<std::string> datagrams;  ///< UDP: still to be sent, last first
    enum class Stage : std::uint8_t { Connect, Send, Receive } stage = Stage::Connect;
  };
  /// The ports of one protocol, while they are being probed.
  struct Pass {
    /// `pings`: how many are sent beside the probes of the ports.
    Pass(Protocol what, std::vector<std::uint32_t> places, std::size_t pings, const Timing& timing)
        : protocol(what),
          order(std::move(places)),
          queue(order.size() + pings, timing.max_retries),
          pace(timing, what) {}
    Protocol protocol;
    std::vector<std::uint32_t> order;  ///< of the ports among those of the job
    ProbeQueue queue;
    Pace pace;
  };
  struct Host : ListNode<RoundTag> {
    Host(HostJob what, HostObserver& who, const RttEstimator::Bounds& bounds)
        : job(std::move(what)), observer(&who), rtt(bounds, job.times) {}
    HostJob job;
    HostObserver* observer;
    HostId id;
    RttEstimator rtt;
    std::optional<Endpoint> local;  ///< what its probes leave from (-S, -g)
    HostResult result;
    std::vector<Port> ports;  ///< of the pass, in the order of the probes
    std::optional<Pass> pass;
    Protocol next_protocol = Protocol::Tcp;
    bool passes_left = true;
    bool crowded = false;  ///< stands among window_full_, not in the round
    std::size_t in_flight = 0;
    std::optional<TimePoint> last_sent;
    core::Deadlines::Id timer;
    IntrusiveList<Probe, OfHostTag> probes;
  };
  struct Filed {
    Filed(const core::Ticket& whose, core::Reply&& what) noexcept : ticket(whose), reply(std::move(what)) {}
    core::Ticket ticket;
    core::Reply reply;
  };

  /// The deadlines that are no host's.
  static constexpr std::uint64_t kMaxRateTimer = ~std::uint64_t{0}, kMinRateTimer = kMaxRateTimer - 1,
                                 kRetryTimer = kMaxRateTimer - 2;

  void expired(std::uint64_t cookie) override;
  /// Are there hosts for a turn, as far as one can tell without looking at the clock?
  [[nodiscard]] bool has_turns() const noexcept;
  /// May one of them have it now? If a rate is against it, a deadline will see to that.
  [[nodiscard]] bool may_serve();
  void count_sent(TimePoint now) noexcept;
  /// Begins the next protocol that has ports; false if there is none.
  bool begin_pass(Host& host);
  /// Moves the statuses of the pass, if there is one, into the result.
  void end_pass(Host& host);
  /// Puts the host where it belongs: in the round if it may send (or has to move on), to sleep until it may, or
  /// nowhere if only an answer can change that; where a rate is to be kept, among the crowded ones then.
  void place(Host& host);
  /// Until when its pace forbids it to send; nothing if it does not.
  [[nodiscard]] std::optional<TimePoint> held_until(const Host& host) const noexcept;
  /// One turn of a host, which may be a crowded one: sends a probe if it may. True if it did; the host may be gone.
  bool serve(Host& host);
  /// Sends one and places the host again, or takes in what is answered on the spot.
  void send_probe(Host& host);
  /// The same for a ping, which is never answered on the spot.
  void send_ping(Probe& probe, Host& host);
  /// How long to wait for the answer to an attempt.
  [[nodiscard]] static Duration timeout_of(const Host& host, Attempt attempt);
  /// Takes in what has come.
  void take_replies();
  void handle_reply(const core::Ticket& ticket, const core::Reply& reply);
  void handle_reply(Probe& probe, const core::Reply& reply);
  /// The next stage of a UDP probe (connect, send each datagram, receive); false if the reply ends it.
  bool go_on(Probe& probe, const Host& host, const core::Reply& reply);
  /// Draws the conclusions from an attempt that is over; the host may be gone afterwards.
  void settle(Host& host, Attempt attempt, const std::optional<PortStatus>& status, Duration round_trip);
  /// The host goes on after an attempt that is over; it may be gone afterwards.
  void move_on(Host& host);
  /// Ends an attempt that has sent nothing: it is made again later, or given up. The host may be gone afterwards.
  void could_not_send(Probe& probe, int error);
  void starve(Host& host);
  /// Lets one of the starving hosts try again.
  void feed_one() noexcept;
  void arm_retry();
  void retry_starving();
  void note_sent() noexcept;
  void trace(const Probe& probe, const Host& host, std::string_view what) const;
  void drop(Probe& probe) noexcept;
  /// Gives up its probes and forgets it.
  HostResult remove(Host& host);
  void finish(Host& host);
  core::Completion next_operation(Probe& probe) noexcept;
  /// With -g the address that the system would choose, as others may have that port on another one.
  [[nodiscard]] std::optional<Endpoint> local_for(const Address& remote) const;

  Config config_;
  net::Network& network_;
  core::Deadlines& deadlines_;
  const Clock& clock_;
  std::mt19937_64 random_;
  std::vector<Filed> inbox_, taken_;
  IntrusiveList<Host, RoundTag> round_;        ///< whose turn is next
  IntrusiveList<Host, RoundTag> window_full_;  ///< --min-rate: their windows are full, but there is more to send
  IntrusiveList<Host, RoundTag> starving_;     ///< their last attempts could not be sent
  core::Deadlines::Id until_retry_;            ///< while hosts starve: when some of them try again
  std::optional<TimePoint> stuck_since_;       ///< no probe could be sent
  TimePoint last_lack_;                        ///< while stuck: when one was tried
  std::optional<core::RateLimiter> max_rate_, min_rate_;  ///< --max-rate, --min-rate
  std::optional<KeptRate> kept_;                          ///< --min-rate
  core::Deadlines::Id max_rate_timer_, min_rate_timer_;   ///< while they run: nothing may, no crowded host must send
  Slab<Host> hosts_;
  Slab<Probe> probes_;  ///< after the hosts: they leave their lists first
};

}  // namespace sluice::scan
