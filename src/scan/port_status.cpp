// SPDX-License-Identifier: Apache-2.0
#include "scan/port_status.hpp"

#include <cerrno>

namespace sluice::scan {

namespace {

PortStatus status_of_refusal(core::Refusal refusal) {
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

std::optional<PortStatus> status_of(Protocol protocol, const core::Reply& reply) {
  const bool udp = protocol == Protocol::Udp;
  if (reply.status == core::Status::Ok) return PortStatus{PortState::Open, udp ? Reason::UdpResponse : Reason::SynAck};
  if (reply.status != core::Status::Error) return std::nullopt;
  if (reply.refusal != core::Refusal::None) return status_of_refusal(reply.refusal);
  switch (reply.error) {
    case ETIMEDOUT:
    case EHOSTDOWN:
      return std::nullopt;
    case ECONNREFUSED:
      return PortStatus{PortState::Closed, udp ? Reason::PortUnreach : Reason::ConnRefused};
    // The kernel reports a reset by these only after the handshake. So the port is open.
    case ECONNRESET:
    case EPIPE:
      return PortStatus{PortState::Open, Reason::SynAck};
    case EHOSTUNREACH:
      return PortStatus{PortState::Filtered, Reason::HostUnreach};
    case ENETUNREACH:
      return PortStatus{PortState::Filtered, Reason::NetUnreach};
    case EACCES:
    case EPERM:
      return PortStatus{PortState::Filtered, Reason::AdminProhibited};
    case ENOPROTOOPT:
      return PortStatus{PortState::Filtered, Reason::ProtoUnreach};
    default:
      return PortStatus{PortState::Filtered, Reason::UnknownResponse};
  }
}

std::optional<PortStatus> status_of_ping(net::Ping ping, Family family, const core::Reply& reply) {
  if (reply.refusal == core::Refusal::Port) return PortStatus{PortState::Closed, Reason::PortUnreach};
  if (reply.refusal == core::Refusal::Protocol) return PortStatus{PortState::Closed, Reason::ProtoUnreach};
  if (reply.status != core::Status::Ok) return status_of(Protocol::Tcp, reply);
  switch (ping) {
    case net::Ping::Echo:
      return PortStatus{PortState::Open, Reason::EchoReply};
    case net::Ping::Timestamp:
      return PortStatus{PortState::Open, Reason::TimestampReply};
    case net::Ping::Neighbour:
      return PortStatus{PortState::Open, family == Family::Inet ? Reason::ArpResponse : Reason::NdResponse};
  }
  return std::nullopt;
}

PortStatus status_of_silence(Protocol protocol) {
  return {protocol == Protocol::Udp ? PortState::OpenFiltered : PortState::Filtered, Reason::NoResponse};
}

}  // namespace sluice::scan
