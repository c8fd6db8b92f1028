#pragma once

#include <optional>

namespace sluice::net {

/// May this process send and see packets beneath the transports? What the user says decides: `said` (--privileged,
/// --unprivileged), then NMAP_PRIVILEGED, then NMAP_UNPRIVILEGED in the environment, whatever their values. Otherwise
/// the system: user id 0, or the capability CAP_NET_RAW.
bool is_privileged(std::optional<bool> said);

}  // namespace sluice::net
