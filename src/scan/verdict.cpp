#include "scan/verdict.hpp"

#include <cerrno>

namespace sluice::scan {

namespace {

Verdict verdict_of_refusal(core::Refusal refusal) {
  switch (refusal) {
    case core::Refusal::Port:
      return {PortState::Closed, Reason::PortUnreach};
    case core::Refusal::Net:
      return {PortState::Filtered, Reason::NetUnreach};
    case core::Refusal::Host:
      return {PortState::Filtered, Reason::HostUnreach};
    case core::Refusal::Protocol:
      return {PortState::Filtered, Reason::ProtoUnreach};
    case core::Refusal::NetProhibited:
      return {PortState::Filtered, Reason::NetProhibited};
    case core::Refusal::HostProhibited:
      return {PortState::Filtered, Reason::HostProhibited};
    case core::Refusal::AdminProhibited:
      return {PortState::Filtered, Reason::AdminProhibited};
    case core::Refusal::NoRoute:
      return {PortState::Filtered, Reason::NoRoute};
    case core::Refusal::RejectRoute:
      return {PortState::Filtered, Reason::RejectRoute};
    case core::Refusal::None:
      break;
  }
  return {PortState::Filtered, Reason::UnknownResponse};
}

}  // namespace

std::optional<Verdict> verdict_of(Protocol protocol, const core::Reply& reply) {
  const bool udp = protocol == Protocol::Udp;
  if (reply.status == core::Status::Ok) return Verdict{PortState::Open, udp ? Reason::UdpResponse : Reason::SynAck};
  if (reply.status != core::Status::Error) return std::nullopt;
  if (reply.refusal != core::Refusal::None) return verdict_of_refusal(reply.refusal);
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
    case ENOPROTOOPT:
      return Verdict{PortState::Filtered, Reason::ProtoUnreach};
    default:
      return Verdict{PortState::Filtered, Reason::UnknownResponse};
  }
}

std::optional<Verdict> verdict_of_ping(net::Ping ping, Family family, const core::Reply& reply) {
  if (reply.refusal == core::Refusal::Port) return Verdict{PortState::Closed, Reason::PortUnreach};
  if (reply.refusal == core::Refusal::Protocol) return Verdict{PortState::Closed, Reason::ProtoUnreach};
  if (reply.status != core::Status::Ok) return verdict_of(Protocol::Tcp, reply);
  switch (ping) {
    case net::Ping::Echo:
      return Verdict{PortState::Open, Reason::EchoReply};
    case net::Ping::Timestamp:
      return Verdict{PortState::Open, Reason::TimestampReply};
    case net::Ping::Neighbour:
      return Verdict{PortState::Open, family == Family::Inet ? Reason::ArpResponse : Reason::NdResponse};
  }
  return std::nullopt;
}

Verdict verdict_of_silence(Protocol protocol) {
  return {protocol == Protocol::Udp ? PortState::OpenFiltered : PortState::Filtered, Reason::NoResponse};
}

}  // namespace sluice::scan
