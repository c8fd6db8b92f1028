#pragma once

#include <optional>

namespace sluice::net {

/// True if this process may send and capture packets beneath the transports. What the user says decides: `said`
/// (--privileged, --unprivileged), then, with `read_environment`, NMAP_PRIVILEGED and NMAP_UNPRIVILEGED, whatever their
/// values. Otherwise the system decides: user id 0, or the capability CAP_NET_RAW.
bool is_privileged(std::optional<bool> said, bool read_environment);

}  // namespace sluice::net
