// SPDX-License-Identifier: Apache-2.0
#include "scan/port_status.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace sluice::scan {
namespace {

using core::Status;

core::Reply reply(Status status, int error = 0) { return {.status = status, .error = error}; }

PortStatus of_errno(Protocol protocol, int error) {
  return status_of(protocol, reply(Status::Error, error)).value_or(PortStatus{PortState::Unfiltered, {}});
}

TEST(PortStatus, AnswerMeansOpen) {
  EXPECT_EQ(status_of(Protocol::Tcp, {}), (PortStatus{PortState::Open, Reason::SynAck}));
  EXPECT_EQ(status_of(Protocol::Udp, {}), (PortStatus{PortState::Open, Reason::UdpResponse}));
}

TEST(PortStatus, ConnectionRefusedMeansClosed) {
  EXPECT_EQ(of_errno(Protocol::Tcp, ECONNREFUSED), (PortStatus{PortState::Closed, Reason::ConnRefused}));
  EXPECT_EQ(of_errno(Protocol::Udp, ECONNREFUSED), (PortStatus{PortState::Closed, Reason::PortUnreach}));
}

TEST(PortStatus, NetworkErrorMeansFilteredWithReason) {
  for (const Protocol protocol : {Protocol::Tcp, Protocol::Udp}) {
    EXPECT_EQ(of_errno(protocol, EHOSTUNREACH), (PortStatus{PortState::Filtered, Reason::HostUnreach}));
    EXPECT_EQ(of_errno(protocol, ENETUNREACH), (PortStatus{PortState::Filtered, Reason::NetUnreach}));
    EXPECT_EQ(of_errno(protocol, EACCES), (PortStatus{PortState::Filtered, Reason::AdminProhibited}));
    EXPECT_EQ(of_errno(protocol, EPERM), (PortStatus{PortState::Filtered, Reason::AdminProhibited}));
    EXPECT_EQ(of_errno(protocol, ENOPROTOOPT), (PortStatus{PortState::Filtered, Reason::ProtoUnreach}));
    EXPECT_EQ(of_errno(protocol, EPROTO), (PortStatus{PortState::Filtered, Reason::UnknownResponse}));
  }
}

TEST(PortStatus, RefusalTakesPrecedenceOverErrno) {
  const auto of = [](core::Refusal refusal) {
    return status_of(Protocol::Udp, {.status = Status::Error, .error = EHOSTUNREACH, .refusal = refusal});
  };
  EXPECT_EQ(of(core::Refusal::HostProhibited), (PortStatus{PortState::Filtered, Reason::HostProhibited}));
  EXPECT_EQ(of(core::Refusal::AdminProhibited), (PortStatus{PortState::Filtered, Reason::AdminProhibited}));
  EXPECT_EQ(of(core::Refusal::NoRoute), (PortStatus{PortState::Filtered, Reason::NoRoute}));
  EXPECT_EQ(of(core::Refusal::Port), (PortStatus{PortState::Closed, Reason::PortUnreach}));
  EXPECT_EQ(of(core::Refusal::None), (PortStatus{PortState::Filtered, Reason::HostUnreach}));
}

TEST(PortStatus, ConnectionResetMeansOpen) {
  EXPECT_EQ(of_errno(Protocol::Tcp, ECONNRESET), (PortStatus{PortState::Open, Reason::SynAck}));
}

TEST(PortStatus, TimeoutGivesNoStatusAndSilenceGivesNoResponse) {
  EXPECT_FALSE(status_of(Protocol::Tcp, reply(Status::Timeout)));
  EXPECT_FALSE(status_of(Protocol::Tcp, reply(Status::Error, ETIMEDOUT)));
  EXPECT_FALSE(status_of(Protocol::Tcp, reply(Status::Error, EHOSTDOWN)));
  EXPECT_EQ(status_of_silence(Protocol::Tcp), (PortStatus{PortState::Filtered, Reason::NoResponse}));
  EXPECT_EQ(status_of_silence(Protocol::Udp), (PortStatus{PortState::OpenFiltered, Reason::NoResponse}));
}

}  // namespace
}  // namespace sluice::scan
