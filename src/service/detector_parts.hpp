#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "service/detector.hpp"

// What a Detector is made of. For its own files only.

namespace sluice::service {

enum class Stage : std::uint8_t {
  Queued,  ///< for the window, or the rate
  Slot,    ///< for a slot
  Connect,
  Send,
  Receive,
  Idle,  ///< open, after the conclusion of its probe
};

struct Detector::Connection {
  Connection(core::SlotPool& pool, core::HostSlotQueue& line) : lease(pool, line) {}
  /// The next probe on this connection.
  void start_probe(const Probe& next, Matcher& matcher) {
    probe = &next;
    response.emplace(matcher.respond(next));
    buffer.clear();
    has_read = false;
    hit.reset();
    soft.reset();
  }

  void improve(Hit better) { soft = std::exchange(hit, std::move(better)); }

  Handle id, port;
  Stage stage = Stage::Queued;
  net::Transport transport = net::Transport::Tcp;
  bool admitted = false;     ///< counts towards the window
  bool speculative = false;  ///< opened while another connection to the port was open
  unsigned timeouts = 0;     ///< connects for its probe that timed out
  std::uint32_t operation = 0;
  core::Lease lease;
  net::SocketId socket{};
  const Probe* probe = nullptr;
  TimePoint began;     ///< the connect; then the wait for the response
  TimePoint deadline;  ///< of the response
  std::optional<Matcher::Response> response;
  std::string buffer;
  bool has_read = false;  ///< since the probe was sent
  /// Since when no older connection to the port is open; kNever while one is.
  TimePoint oldest_since = kNever;
  std::optional<Hit> hit, soft;  ///< the best, and the one that it has replaced
};

struct Detector::Port {
  Port(PortDetection what, HostId of, std::size_t place, TimePoint now)
      : detection(std::move(what)), host(of), index(place), started(now) {}
  Handle id;
  PortDetection detection;
  HostId host;
  std::size_t index;  ///< among those of the host
  TimePoint started;
  bool due = false;
  std::vector<Handle> connections;
  std::size_t opened = 0;
  std::optional<Duration> connect_time;
  core::Deadlines::Id timer{};
  TimePoint timer_due = kNever;
};

struct Detector::Host {
  Host(HostToDetect job, DetectionObserver& who) : what(std::move(job)), observer(&who) {}
  HostId id;
  HostToDetect what;
  DetectionObserver* observer;
  std::vector<Handle> ports;
  std::size_t begun = 0;      ///< ports whose detection has begun
  std::size_t undecided = 0;  ///< ports
  bool queued = false;        ///< among the hosts whose next port may begin
  [[nodiscard]] std::size_t active() const { return begun + undecided - ports.size(); }
};

/// Devices behind these ports are known to fail under several connections: printers, industrial control systems.
inline bool is_fragile(std::uint16_t port) {
  constexpr std::array<std::uint16_t, 7> kPorts{102, 502, 515, 1911, 20000, 44818, 47808};
  return (port >= 9100 && port <= 9107) || std::ranges::find(kPorts, port) != kPorts.end();
}

}  // namespace sluice::service
