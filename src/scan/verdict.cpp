#include "scan/verdict.hpp"

#include <cerrno>

namespace sluice::scan {

std::optional<Verdict> verdict_of(Protocol protocol, const core::Reply& reply) {
  const bool udp = protocol == Protocol::Udp;
  if (reply.status == core::Status::Ok) return Verdict{PortState::Open, udp ? Reason::UdpResponse : Reason::SynAck};
  if (reply.status != core::Status::Error) return std::nullopt;
  switch (reply.error) {
    case ETIMEDOUT:
    case EHOSTDOWN:
      return std::nullopt;
    case ECONNREFUSED:
      return Verdict{PortState::Closed, udp ? Reason::PortUnreach : Reason::ConnRefused};
    // The kernel reports a reset as these only after the handshake: somebody did accept.
    case ECONNRESET:
    case EPIPE:
      return Verdict{PortState::Open, Reason::SynAck};
    case EHOSTUNREACH:
      return Verdict{PortState::Filtered, Reason::HostUnreach};
    case ENETUNREACH:
      return Verdict{PortState::Filtered, Reason::NetUnreach};
    case EACCES:
    case EPERM:
      return Verdict{PortState::Filtered, Reason::AdminProhibited};
    default:
      return Verdict{PortState::Filtered, Reason::UnknownResponse};
  }
}

Verdict verdict_of_silence(Protocol protocol) {
  return {protocol == Protocol::Udp ? PortState::OpenFiltered : PortState::Filtered, Reason::NoResponse};
}

}  // namespace sluice::scan
