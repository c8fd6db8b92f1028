// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "service/detector.hpp"

// Nested classes of Detector. Only its own files include this header.

namespace sluice::service {

/// State of a connection.
enum class Stage : std::uint8_t {
  Queued,  ///< waits for the window or the rate
  Slot,    ///< waits for a slot
  Connect,
  Send,
  Receive,
  Idle,  ///< open; its probe has concluded
};

/// A connection for one probe, or for NULL and the probe after it.
struct Detector::Connection {
  Connection(core::SlotPool& pool, core::HostSlotQueue& line) : lease(pool, line) {}
  /// Assigns the next probe to this connection.
  void start_probe(const Probe& next, Matcher& matcher) {
    probe = &next;
    response.emplace(matcher.respond(next));
    buffer.clear();
    has_read = false;
    hit.reset();
    soft.reset();
  }

  /// Replaces the best hit, which is kept in `soft`.
  void improve(Hit better) { soft = std::exchange(hit, std::move(better)); }

  Handle id, port;
  Stage stage = Stage::Queued;
  net::Transport transport = net::Transport::Tcp;
  bool admitted = false;     ///< counted in Detector::open_
  bool speculative = false;  ///< opened while another connection to the port was open
  unsigned timeouts = 0;     ///< number of connects for its probe that timed out
  std::uint32_t operation = 0;
  core::Lease lease;
  net::SocketId socket{};
  const Probe* probe = nullptr;
  TimePoint began;     ///< start of the connect, then of the wait for the response
  TimePoint deadline;  ///< of the response
  std::optional<Matcher::Response> response;
  std::string buffer;
  bool has_read = false;  ///< data have arrived since the probe was sent
  /// Time since which no older connection to the port is open; kNever if there is one.
  TimePoint oldest_since = kNever;
  std::optional<Hit> hit, soft;  ///< the best hit so far, and the one before
};

/// A port whose service is being detected.
struct Detector::Port {
  Port(PortDetection what, HostId of, std::size_t place, TimePoint now)
      : detection(std::move(what)), host(of), index(place), started(now) {}
  Handle id;
  PortDetection detection;
  HostId host;
  std::size_t index;  ///< in HostToDetect::ports
  TimePoint started;
  bool due = false;
  std::vector<Handle> connections;
  std::size_t opened = 0;
  std::optional<Duration> connect_time;
  core::Deadlines::Id timer{};
  TimePoint timer_due = kNever;
};

/// A host with such ports.
struct Detector::Host {
  Host(HostToDetect job, DetectionObserver& who) : what(std::move(job)), observer(&who) {}
  HostId id;
  HostToDetect what;
  DetectionObserver* observer;
  std::vector<Handle> ports;
  std::size_t begun = 0;      ///< number of ports that have started
  std::size_t undecided = 0;  ///< number of ports that are not decided
  bool queued = false;        ///< true if it is in waiting_
  [[nodiscard]] std::size_t active() const { return begun + undecided - ports.size(); }
};

/// True if devices that use the port are known to fail under several connections: printers and industrial control
/// systems.
inline bool is_fragile(std::uint16_t port) {
  constexpr std::array<std::uint16_t, 7> kPorts{102, 502, 515, 1911, 20000, 44818, 47808};
  return (port >= 9100 && port <= 9107) || std::ranges::find(kPorts, port) != kPorts.end();
}

}  // namespace sluice::service
