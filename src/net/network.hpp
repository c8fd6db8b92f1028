// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <sluice/address.hpp>
#include <string>
#include <vector>

#include "net/prober.hpp"
#include "net/processes.hpp"
#include "net/raw_sockets.hpp"
#include "net/resolver.hpp"
#include "net/routing.hpp"
#include "net/script_sockets.hpp"

namespace sluice::net {

/// How a Network is made.
struct NetworkOptions {
  /// DNS servers for names; if empty, the system resolves names.
  std::vector<Endpoint> dns_servers{};
  /// Interface to bind sockets to, if the system allows it (-e); "" for any.
  std::string device{};
  /// Hop limit of probes, and of connects that report ICMP errors (--ttl). Connections of scripts have the system's, as
  /// under Nmap.
  std::optional<int> scan_ttl{};
  /// Receives, once, a line that says which resource the system lacks, and that operations wait for it. May be empty.
  std::function<void(const std::string& text)> notice{};
};

/// All roles of the network of one shard in one object, as the platform makes it. Users receive only the roles that
/// they need. The destructor closes all sockets, and nothing completes. Owned by the Ports of a shard. Not thread-safe.
class Network : public ScriptSockets,
                public RawSockets,
                public Resolver,
                public Prober,
                public Processes,
                public Routing {};

}  // namespace sluice::net
