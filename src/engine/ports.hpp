// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/deadlines.hpp"
#include "engine/platform.hpp"

namespace sluice::engine {

/// The deadlines, the event loop, the network and the pings of one shard. Owned by the Shard. Not thread-safe, except
/// for loop->wake().
struct Ports {
  /// Throws std::system_error if the system refuses an event loop.
  Ports(PlatformPort& platform, net::NetworkOptions network_options, net::PingerOptions pinger_options)
      : loop(platform.make_event_loop()),
        network(platform.make_network(*loop, deadlines, std::move(network_options))),
        pinger(platform.make_pinger(*loop, deadlines, std::move(pinger_options))) {}

  // Members are destroyed in reverse order: each uses only those before it.
  core::Deadlines deadlines;
  std::unique_ptr<net::EventLoop> loop;
  std::unique_ptr<net::Network> network;
  std::unique_ptr<net::Pinger> pinger;
};

}  // namespace sluice::engine
