// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/address.hpp>

#include "base/clock.hpp"
#include "base/slab.hpp"
#include "core/ticket.hpp"

namespace sluice::net {

/// Identifies a probe in flight of a Prober. Stale after the probe has completed or was cancelled.
using ProbeId = Handle;

/// Sends the TCP connect probes of the port scan.
///
/// A probe in flight completes exactly once, possibly before probe() returns. It never completes if it was cancelled.
/// A part of the Network of a shard. Not thread-safe.
class Prober {
 public:
  virtual ~Prober() = default;

  /// The result of probe(): exactly one member is set.
  struct ProbeResult {
    ProbeId waiting{};            ///< in flight
    std::optional<int> answer{};  ///< answered at once; 0: connected, else the errno; nothing completes
    std::optional<int>
        lacking{};  ///< errno: too few descriptors, buffers or local ports; nothing was sent or completes
  };
  /// Connects to `remote` and closes the connection at once. `local`: address and port to bind first.
  /// Replies: Ok; Error with the errno; Timeout.
  virtual ProbeResult probe(const Endpoint& remote, const std::optional<Endpoint>& local, TimePoint deadline,
                            core::Completion done) = 0;
  /// Withdraws a probe, which never completes. No effect if `probe` is stale.
  virtual void cancel_probe(ProbeId probe) noexcept = 0;
};

}  // namespace sluice::net
