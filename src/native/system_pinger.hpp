// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/deadlines.hpp"
#include "native/epoll_event_loop.hpp"
#include "native/ping_packets.hpp"
#include "native/ping_sockets.hpp"
#include "native/watched_descriptor.hpp"
#include "net/pinger.hpp"

namespace sluice::net {

/// The Pinger of this machine. All pings share three sockets: for ICMP, for ICMPv6 with neighbour discovery, and for
/// ARP. The first ping that needs a socket opens it. Owned by the Ports of a shard. Not thread-safe.
class SystemPinger final : public Pinger, private core::Expirable, private ReadyHandler {
 public:
  /// `loop` and `deadlines` must outlive it.
  SystemPinger(EpollEventLoop& loop, core::Deadlines& deadlines, PingerOptions options);
  /// Closes the sockets. Pings in flight never complete.
  ~SystemPinger() override;
  SystemPinger(const SystemPinger&) = delete;
  SystemPinger& operator=(const SystemPinger&) = delete;

  Sent send(const PingRequest& request, core::Completion done) override;
  void cancel(PingId ping) noexcept override;

 private:
  enum class Way : std::uint8_t { Icmp, Icmp6, Arp };
  struct Socket {
    explicit Socket(EpollEventLoop& loop) : descriptor(loop) {}
    WatchedDescriptor descriptor;
    bool raw = false;
    bool watched = false;  ///< a wait is pending
  };
  /// The fields by which an answer is matched to its request.
  struct Key {
    Ping ping;
    Address target;  ///< without a scope
    std::uint16_t sequence;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<Address>()(key.target) ^ (std::size_t{key.sequence} << 2 | static_cast<std::size_t>(key.ping));
    }
  };
  struct InFlight {
    Key key;
    core::Completion done;
    core::Deadlines::Id timeout;
  };

  static Way way_of(const PingRequest& request) noexcept;
  /// Opens the socket unless it is open. Returns 0 or an errno.
  int open(Way way);
  int send_packet(Socket& socket, const PingRequest& request, std::uint16_t sequence);
  /// Waits for answers in the loop unless a wait is pending. Returns 0 or an errno.
  int watch(Way way);
  void receive_all(Way way);
  void handle_answer(const PingReceived& received, const PingAnswer& answer);
  void expired(std::uint64_t cookie) override;
  void on_ready(std::uint64_t cookie, Readiness what) override;
  /// Removes a ping in flight and returns its completion.
  core::Completion end(PingId ping);

  EpollEventLoop& loop_;
  core::Deadlines& deadlines_;
  PingerOptions options_;
  std::uint16_t id_;            ///< ICMP id of the requests of this object
  std::uint16_t sequence_ = 0;  ///< of the last request
  std::array<std::unique_ptr<Socket>, 3> sockets_;
  std::string buffer_;
  Slab<InFlight> in_flight_;
  std::unordered_multimap<Key, PingId, KeyHash> by_key_;
};

}  // namespace sluice::net
