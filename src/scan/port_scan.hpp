// SPDX-License-Identifier: Apache-2.0
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
#include "net/pinger.hpp"
#include "net/prober.hpp"
#include "net/routing.hpp"
#include "net/sockets.hpp"
#include "scan/kept_rate.hpp"
#include "scan/pace.hpp"
#include "scan/port_status.hpp"
#include "scan/probe_queue.hpp"
#include "scan/rtt_estimator.hpp"
#include "scan/timing.hpp"

namespace sluice::scan {

/// Identifies a host in a PortScan. Stale after the host has ended or was abandoned.
using HostId = Handle;

/// A probed port.
struct ScannedPort {
  std::uint16_t number = 0;
  Protocol protocol = Protocol::Tcp;
  PortStatus status;
};

/// Results of a host, complete or up to the time at which it was abandoned.
struct HostResult {
  bool up = false;  ///< true if an answer or a refusal of the host arrived
  /// Reason of the first answer; otherwise NotSent if a probe could not be sent; otherwise of the first refusal by a
  /// router.
  Reason reason = Reason::NoResponse;
  int reason_ttl = 0;              ///< of the answer to a ping; 0 if unknown
  std::string mac;                 ///< from the answer by ARP or neighbour discovery, 6 bytes; "" if unknown
  std::vector<ScannedPort> ports;  ///< TCP, then UDP, in the order of the job; empty for discovery
  std::optional<RoundTrip> times;
};

/// Receives the results of one host. Called from PortScan::run_turn only. May start and abandon hosts, its own
/// included.
class HostObserver {
 public:
  virtual ~HostObserver() = default;
  /// A port was found open.
  virtual void on_port_open(HostId host, std::uint16_t port, Protocol protocol) = 0;
  /// The ports of `so_far` have got their states since the last call; with `all`, since the start of the scan. With
  /// Config::tells_ports, called at intervals of PortScan::kTellEvery while the scan of the host goes on; a later
  /// answer may still change the state of a port without an answer. After each kMostParts calls, and after more of them
  /// if many ports have states, one call has all.
  virtual void on_ports_settled(HostId host, const HostResult& so_far, bool all) = 0;
  /// The host has ended. This is the last call; the id is already stale.
  virtual void on_host_done(HostId host, HostResult result) = 0;
};

/// What to find out about a host.
struct HostJob {
  /// Ports: the states of all ports. Discovery: whether the host is up; ends at the first answer or refusal by the
  /// host.
  enum class Kind : std::uint8_t { Ports, Discovery };
  Kind kind = Kind::Ports;
  Address address;
  std::vector<std::uint16_t> tcp_ports, udp_ports;
  std::optional<RoundTrip> times;     ///< results of an earlier job for the same host
  std::vector<net::Ping> pings{};     ///< Discovery: sent in addition to probes of TCP ports
  std::optional<net::Route> route{};  ///< with Ping::Neighbour
};

/// Probes the ports of many hosts at the same time. Each shard has one. Hosts send their probes in turn, each with its
/// own window and delay (Pace). The TCP ports of a host are probed before its UDP ports.
/// Invariant: at most Timing::max_in_flight probes have no answer. Each probe takes O(1). Probes are sent, and
/// observers called, by run_turn() only.
///
/// If the system lacks resources for a probe, its host waits in `starving_` and tries again. A timeout begins when the
/// probe has been sent. If no probe could be sent for kPatience, probes that fail are given up and their ports get
/// kNotSent. Not thread-safe.
class PortScan final : public core::Completions, private core::Expirable {
 public:
  struct Config {
    Timing timing;
    bool tells_ports = false;       ///< HostObserver::on_ports_settled() is called
    bool sequential = false;        ///< `-r`: probe ports in the order of the job
    std::uint64_t seed = 0;         ///< for the order of the ports
    std::optional<Address> source;  ///< `-S`; used for hosts of its address family
    std::uint16_t source_port = 0;  ///< `-g`; 0: chosen by the system
    /// Returns the datagrams that form the probe of a UDP port. If empty, an empty datagram is sent.
    std::function<std::vector<std::string>(std::uint16_t port)> payloads;
    /// Receives each transmission and each answer (`--packet-trace`); may be empty. `probe`: "TCP", "UDP" or the name
    /// of a ping. The port of `remote` is 0 for a ping.
    std::function<void(std::string_view probe, const Endpoint& remote, std::string_view what)> trace;
    /// Sends pings; must outlive the scan. May be null if no job has pings.
    net::Pinger* pinger = nullptr;
    /// Called with the errno for each port whose probe was given up; may be empty.
    std::function<void(int error)> given_up;
  };
  /// Time without any sent probe after which probes are given up.
  static constexpr std::chrono::seconds kPatience{30};
  static constexpr std::chrono::milliseconds kTellEvery{40};
  static constexpr std::size_t kMostParts = 32;
  /// The parts of the shard that a PortScan uses. All must outlive it.
  struct Parts {
    net::Prober& prober;    ///< for TCP
    net::Sockets& sockets;  ///< for UDP
    const net::Routing& routing;
    core::Deadlines& deadlines;
    const Clock& clock;
  };
  PortScan(Config config, Parts parts);
  /// Cancels all probes. Observers are not called.
  ~PortScan() override;

  /// Adds a host and returns its id. `observer` must outlive the host.
  HostId start(HostJob job, HostObserver& observer);
  /// Ends a host and returns its results so far, without the ports whose states are unknown. Its observer is not called
  /// again. If `host` is stale, returns an empty result.
  HostResult abandon(HostId host);

  /// Returns the fraction of the host's ports whose states are known, from 0 to 1. O(ports).
  [[nodiscard]] double progress(HostId host) const;
  /// Returns how well `--min-rate` was kept; null without the option.
  [[nodiscard]] const KeptRate* kept_rate() const noexcept { return kept_ ? &*kept_ : nullptr; }

  /// Returns the limiter of `--max-rate`, which also counts connections of service probes; null without the option.
  [[nodiscard]] core::RateLimiter* max_rate() noexcept { return max_rate_ ? &*max_rate_ : nullptr; }

  /// True if run_turn() has work.
  [[nodiscard]] bool ready() const noexcept;
  /// Handles the replies that have arrived, then sends up to kProbesPerTurn probes.
  void run_turn();
  static constexpr unsigned kProbesPerTurn = 64;
  /// A turn ends earlier after this time. A connect can block if a preloaded library replaces it (proxychains).
  static constexpr std::chrono::milliseconds kLongestTurn{50};

  /// Returns how many ports have got a state so far, of all hosts.
  [[nodiscard]] std::uint64_t settled() const noexcept { return settled_; }
  [[nodiscard]] std::size_t hosts() const noexcept { return hosts_.size(); }
  [[nodiscard]] std::size_t in_flight() const noexcept { return probes_.size(); }
  /// Stores a reply for the next turn. Called by the network.
  void complete(core::Ticket ticket, core::Reply reply) override;

 private:
  struct RoundTag;
  struct TellTag;
  struct OfHostTag;
  struct Port {
    std::uint16_t number = 0;
    bool settled = false;  ///< true if the status is final, unless an answer to a retransmission arrives
    PortStatus status;
    std::optional<net::Ping> ping{};  ///< if this is a ping and not a port
  };
  struct Probe : ListNode<OfHostTag> {
    HostId host;
    Attempt attempt;
    Duration timeout{};
    TimePoint sent;
    core::Ticket ticket;
    net::ProbeId connect;  ///< of a TCP probe
    net::SocketId socket;  ///< of a UDP probe
    net::PingId ping;
    std::vector<std::string> datagrams;  ///< UDP: datagrams still to be sent, the last one first
    enum class Stage : std::uint8_t { Connect, Send, Receive } stage = Stage::Connect;
  };
  /// The ports of one protocol of a host, while they are probed.
  struct Pass {
    /// `places`: order of the ports, as from port_order(). `pings`: number of pings in addition.
    Pass(Protocol what, std::vector<std::uint32_t> places, std::size_t pings, const Timing& timing)
        : protocol(what),
          order(std::move(places)),
          queue(order.size() + pings, timing.max_retries),
          pace(timing, what) {}
    Protocol protocol;
    std::vector<std::uint32_t> order;  ///< indices of the ports in the job
    ProbeQueue queue;
    Pace pace;
  };
  struct Host : ListNode<RoundTag>, ListNode<TellTag> {
    Host(HostJob what, HostObserver& who, const RttEstimator::Bounds& bounds)
        : job(std::move(what)), observer(&who), rtt(bounds, job.times) {}
    HostJob job;
    HostObserver* observer;
    HostId id;
    RttEstimator rtt;
    std::optional<Endpoint> local;  ///< local end of the probes (`-S`, `-g`)
    HostResult result;
    std::vector<Port> ports;  ///< of the current pass, in the order of the probes
    std::optional<Pass> pass;
    Protocol next_protocol = Protocol::Tcp;
    bool passes_left = true;
    bool crowded = false;  ///< true if it is in window_full_ and not in round_
    std::size_t in_flight = 0;
    std::optional<TimePoint> last_sent;
    core::Deadlines::Id timer;
    std::vector<ScannedPort> untold;  ///< ports for the next on_ports_settled()
    std::size_t told = 0;             ///< number of ports in its calls
    std::size_t parts = 0;            ///< number of its calls since the last one with all ports
    IntrusiveList<Probe, OfHostTag> probes;
  };
  struct Filed {
    Filed(const core::Ticket& whose, core::Reply&& what) noexcept : ticket(whose), reply(std::move(what)) {}
    core::Ticket ticket;
    core::Reply reply;
  };

  /// Cookies of deadlines that do not belong to a host.
  static constexpr std::uint64_t kMaxRateTimer = ~std::uint64_t{0}, kMinRateTimer = kMaxRateTimer - 1,
                                 kRetryTimer = kMaxRateTimer - 2, kTellTimer = kMaxRateTimer - 3;

  void expired(std::uint64_t cookie) override;
  /// True if a host waits to send and no limit that is known without reading the clock prevents it.
  [[nodiscard]] bool has_turns() const noexcept;
  /// True if a host may send now. Otherwise, if a rate prevents it, arms a deadline.
  [[nodiscard]] bool may_serve();
  void count_sent(TimePoint now) noexcept;
  /// Starts the next protocol that has ports. Returns false if there is none.
  bool begin_pass(Host& host);
  /// Moves the states of the current pass, if there is one, into the result.
  void end_pass(Host& host);
  /// Puts the host into the list that fits its state: the round if it may send or has to end; none, with a deadline, if
  /// its delay has not passed; none if it needs an answer first. With `--min-rate`, hosts with full windows are in
  /// window_full_.
  void place(Host& host);
  /// Returns the time before which the delay of the host forbids to send; nothing if the host may send.
  [[nodiscard]] std::optional<TimePoint> held_until(const Host& host) const noexcept;
  /// Does one turn of a host from round_ or window_full_. Returns true if a probe was sent. The host may have ended
  /// then.
  bool serve(Host& host);
  /// Sends the next probe and places the host again. Handles an answer that arrives at once.
  void send_probe(Host& host);
  /// Sends a ping in the same way.
  void send_ping(Probe& probe, Host& host);
  /// Returns the timeout of an attempt.
  [[nodiscard]] static Duration timeout_of(const Host& host, Attempt attempt);
  /// Handles the stored replies.
  void take_replies();
  void handle_reply(const core::Ticket& ticket, const core::Reply& reply);
  void handle_reply(Probe& probe, const core::Reply& reply);
  /// Starts the next stage of a UDP probe: connect, send each datagram, receive. Returns false if the reply ends the
  /// probe.
  bool go_on(Probe& probe, const Host& host, const core::Reply& reply);
  /// Records the result of an attempt. The host may have ended afterwards.
  void settle(Host& host, Attempt attempt, const std::optional<PortStatus>& status, Duration round_trip);
  /// Marks the state of a port as final, and counts it once.
  void mark_settled(const Host& host, Port& port) noexcept;
  /// Notes a state for on_ports_settled().
  void note_settled(Host& host, const Port& port);
  /// Returns the ports that have states so far.
  static std::vector<ScannedPort> settled_ports(const Host& host);
  /// Calls on_ports_settled() for all hosts with new states.
  void tell_settled();
  /// Continues the host after an attempt. The host may have ended afterwards.
  void move_on(Host& host);
  /// Handles an attempt that was not sent: it is repeated later or given up. The host may have ended afterwards.
  void could_not_send(Probe& probe, int error);
  /// Moves the host to starving_, where it waits for resources.
  void starve(Host& host);
  /// Lets the first host of starving_ try again.
  void feed_one() noexcept;
  void arm_retry();
  void retry_starving();
  void note_sent() noexcept;
  void trace(const Probe& probe, const Host& host, std::string_view what) const;
  void drop(Probe& probe) noexcept;
  /// Cancels the probes of the host and removes it. Returns its results.
  HostResult remove(Host& host);
  void finish(Host& host);
  core::Completion next_operation(Probe& probe) noexcept;
  /// Returns the local end of probes to `remote`. With `-g` alone, uses the address that the system would choose,
  /// because the port may be in use on another address.
  [[nodiscard]] std::optional<Endpoint> local_for(const Address& remote) const;

  Config config_;
  net::Prober& prober_;
  net::Sockets& sockets_;
  const net::Routing& routing_;
  core::Deadlines& deadlines_;
  const Clock& clock_;
  std::mt19937_64 random_;
  std::vector<Filed> inbox_, taken_;
  IntrusiveList<Host, RoundTag> round_;        ///< hosts that may send, the next one first
  IntrusiveList<Host, RoundTag> window_full_;  ///< with `--min-rate`: hosts with full windows that have more to send
  IntrusiveList<Host, RoundTag> starving_;     ///< hosts whose last attempt was not sent because of a resource shortage
  IntrusiveList<Host, TellTag> untold_;        ///< hosts with ports for on_ports_settled()
  core::Deadlines::Id until_tell_;             ///< armed while hosts are in untold_, until they are told
  bool tell_now_ = false;
  core::Deadlines::Id until_retry_;       ///< armed while hosts are in starving_: some of them try again
  std::optional<TimePoint> stuck_since_;  ///< since this time no probe could be sent
  TimePoint last_lack_;                   ///< time of the last failed attempt since then
  std::optional<core::RateLimiter> max_rate_, min_rate_;  ///< --max-rate, --min-rate
  std::optional<KeptRate> kept_;                          ///< --min-rate
  core::Deadlines::Id max_rate_timer_, min_rate_timer_;   ///< armed while the rate forbids to send
  std::uint64_t settled_ = 0;
  Slab<Host> hosts_;
  Slab<Probe> probes_;  ///< after hosts_: the destructors of probes unlink them from hosts
};

}  // namespace sluice::scan
