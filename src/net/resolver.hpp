// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/address.hpp>
#include <string>

#include "core/ticket.hpp"

namespace sluice::net {

/// Looks up names and addresses without blocking.
///
/// Each look-up completes exactly once, possibly before the call returns. It cannot be cancelled. A part of the Network
/// of a shard. Not thread-safe.
class Resolver {
 public:
  virtual ~Resolver() = default;

  /// Looks up the addresses of a name, by NetworkOptions::dns_servers if there are any, else by the system. A numeric
  /// address gives itself. `family`: empty for both. Replies: Ok with the addresses in the resolver's order; Refused
  /// with the text of gai_strerror(3); Timeout.
  virtual void resolve(std::string name, std::optional<Family> family, core::Completion done) = 0;
  /// Does the same, but always by the system. Scripts look up names in this way (docs/nse-compat.md, "Calls of the
  /// `nmap` library").
  virtual void resolve_by_system(std::string name, std::optional<Family> family, core::Completion done) = 0;
  /// Looks up the name of an address. Replies: Ok with the name in Reply::data; Error if it has none.
  virtual void reverse(const Address& address, core::Completion done) = 0;
};

}  // namespace sluice::net
