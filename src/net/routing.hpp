// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/address.hpp>
#include <vector>

#include "net/interfaces.hpp"

namespace sluice::net {

/// The interfaces and routes of this machine at the time of each call. A part of the Network of a shard. Not
/// thread-safe.
class Routing {
 public:
  virtual ~Routing() = default;

  /// Returns the addresses of all interfaces; see Interface. Empty if the system gives none.
  [[nodiscard]] virtual std::vector<Interface> interfaces() const = 0;
  /// Returns the route that a packet to this address would take; empty if there is none.
  [[nodiscard]] virtual std::optional<Route> route(const Address& to) const = 0;
};

}  // namespace sluice::net
