// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <sluice/address.hpp>
#include <string>

#include "base/clock.hpp"
#include "base/slab.hpp"
#include "core/ticket.hpp"
#include "net/interfaces.hpp"

namespace sluice::net {

/// Identifies a ping in flight of a Pinger. Stale after the ping has completed or was cancelled.
using PingId = Handle;

/// Kind of a ping.
enum class Ping : std::uint8_t {
  Echo,       ///< ICMP or ICMPv6 echo
  Timestamp,  ///< ICMP timestamp; IPv4
  Neighbour,  ///< ARP or IPv6 neighbour discovery, for a host on the link
};

/// A ping to send.
struct PingRequest {
  Ping ping = Ping::Echo;
  Address target;
  std::optional<Address> source{};  ///< empty: the system chooses
  const Route* route = nullptr;     ///< for Ping::Neighbour: the route to the target; used only during the call
  TimePoint deadline = kNever;
};

/// How a Pinger opens its sockets.
struct PingerOptions {
  bool raw = true;           ///< false: only sockets that an ordinary user may open
  std::string device{};      ///< interface to bind to; "" for any
  std::optional<int> ttl{};  ///< hop limit of ICMP packets; empty: the system's
};

/// Kinds of pings that this process may send.
struct PingRights {
  bool echo = false, timestamp = false, neighbour = false;
};

/// Sends pings and matches the answers.
///
/// Each ping completes exactly once, after send() has returned, unless it is cancelled. Replies: Ok with Reply::ttl,
/// and for Ping::Neighbour the MAC address (6 raw bytes) in Reply::data; Error with Reply::refusal if the target itself
/// refuses the ping; Timeout. Owned by the Ports of a shard. Not thread-safe.
class Pinger {
 public:
  virtual ~Pinger() = default;

  /// The result of send(): exactly one member is set.
  struct Sent {
    PingId waiting{};              ///< for cancel
    std::optional<int> failed{};   ///< errno; nothing was sent and nothing completes
    std::optional<int> lacking{};  ///< errno: too few descriptors or buffers; nothing was sent and nothing completes
  };
  /// Sends one ping.
  virtual Sent send(const PingRequest& request, core::Completion done) = 0;
  /// Withdraws a ping, which never completes. No effect if `ping` is stale.
  virtual void cancel(PingId ping) noexcept = 0;
};

}  // namespace sluice::net
