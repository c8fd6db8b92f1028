// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace sluice::net {

/// True if this process may send and capture packets below the transports. `said` decides if it is set (--privileged,
/// --unprivileged). Then, with `read_environment`, the presence of the variables NMAP_PRIVILEGED and NMAP_UNPRIVILEGED
/// decides. Otherwise the process needs the user id 0 or the capability CAP_NET_RAW. Thread-safe.
bool is_privileged(std::optional<bool> said, bool read_environment);

}  // namespace sluice::net
