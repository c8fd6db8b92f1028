// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/report.hpp>

#include "core/ticket.hpp"
#include "net/pinger.hpp"

namespace sluice::scan {

/// State of a port and its reason.
struct PortStatus {
  PortState state = PortState::Filtered;
  Reason reason = Reason::NoResponse;
  friend bool operator==(const PortStatus&, const PortStatus&) = default;
};

/// Returns the state that follows from the reply to a probe (docs/nse-compat.md, "Port states and timing"). The reply
/// is that of the connect for Tcp; for Udp, that of the receive or of the operation that failed before it. Returns
/// nothing for silence, after which the probe is retransmitted.
std::optional<PortStatus> status_of(Protocol protocol, const core::Reply& reply);

/// Returns the state that follows from the reply to a ping: open or closed if the host answered. Nothing for silence.
std::optional<PortStatus> status_of_ping(net::Ping ping, Family family, const core::Reply& reply);

/// Returns the state of a port that did not answer.
PortStatus status_of_silence(Protocol protocol);

/// State of a port whose probe could not be sent.
inline constexpr PortStatus kNotSent{PortState::Unknown, Reason::NotSent};

}  // namespace sluice::scan
