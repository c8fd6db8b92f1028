#pragma once

#include <optional>
#include <sluice/report.hpp>

#include "core/ticket.hpp"
#include "net/pinger.hpp"

namespace sluice::scan {

/// What is held of a port, and why.
struct PortStatus {
  PortState state = PortState::Filtered;
  Reason reason = Reason::NoResponse;
  friend bool operator==(const PortStatus&, const PortStatus&) = default;
};

/// What the reply to a probe says of the port (cli.md section 3): that of a connect for Tcp; for Udp, of a receive or
/// of whatever failed before it. Nothing if it is silence, which a retransmission may end.
std::optional<PortStatus> status_of(Protocol protocol, const core::Reply& reply);

/// Returns what the reply to a ping says of the host: open or closed if it answered. Empty for silence.
std::optional<PortStatus> status_of_ping(net::Ping ping, Family family, const core::Reply& reply);

/// What a port is that never answered.
PortStatus status_of_silence(Protocol protocol);

/// What a port is whose probe could not be sent.
inline constexpr PortStatus kNotSent{PortState::Unknown, Reason::NotSent};

}  // namespace sluice::scan
