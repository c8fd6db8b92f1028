#include "scan/verdict.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace sluice::scan {
namespace {

using core::Status;

core::Reply reply(Status status, int error = 0) { return {.status = status, .error = error}; }

Verdict of_errno(Protocol protocol, int error) {
  return verdict_of(protocol, reply(Status::Error, error)).value_or(Verdict{PortState::Unfiltered, {}});
}

TEST(Verdict, AnswersAreOpen) {
  EXPECT_EQ(verdict_of(Protocol::Tcp, {}), (Verdict{PortState::Open, Reason::SynAck}));
  EXPECT_EQ(verdict_of(Protocol::Udp, {}), (Verdict{PortState::Open, Reason::UdpResponse}));
}

TEST(Verdict, RefusalsAreClosed) {
  EXPECT_EQ(of_errno(Protocol::Tcp, ECONNREFUSED), (Verdict{PortState::Closed, Reason::ConnRefused}));
  EXPECT_EQ(of_errno(Protocol::Udp, ECONNREFUSED), (Verdict{PortState::Closed, Reason::PortUnreach}));
}

TEST(Verdict, ErrorsOfTheNetworkAreFilteredWithTheirReason) {
  for (const Protocol protocol : {Protocol::Tcp, Protocol::Udp}) {
    EXPECT_EQ(of_errno(protocol, EHOSTUNREACH), (Verdict{PortState::Filtered, Reason::HostUnreach}));
    EXPECT_EQ(of_errno(protocol, ENETUNREACH), (Verdict{PortState::Filtered, Reason::NetUnreach}));
    EXPECT_EQ(of_errno(protocol, EACCES), (Verdict{PortState::Filtered, Reason::AdminProhibited}));
    EXPECT_EQ(of_errno(protocol, EPERM), (Verdict{PortState::Filtered, Reason::AdminProhibited}));
    EXPECT_EQ(of_errno(protocol, ENOPROTOOPT), (Verdict{PortState::Filtered, Reason::ProtoUnreach}));
    EXPECT_EQ(of_errno(protocol, EPROTO), (Verdict{PortState::Filtered, Reason::UnknownResponse}));
  }
}

TEST(Verdict, RefusalTellsMoreThanTheErrnoThatItComesWith) {
  const auto of = [](core::Refusal refusal) {
    return verdict_of(Protocol::Udp, {.status = Status::Error, .error = EHOSTUNREACH, .refusal = refusal});
  };
  EXPECT_EQ(of(core::Refusal::HostProhibited), (Verdict{PortState::Filtered, Reason::HostProhibited}));
  EXPECT_EQ(of(core::Refusal::AdminProhibited), (Verdict{PortState::Filtered, Reason::AdminProhibited}));
  EXPECT_EQ(of(core::Refusal::NoRoute), (Verdict{PortState::Filtered, Reason::NoRoute}));
  EXPECT_EQ(of(core::Refusal::Port), (Verdict{PortState::Closed, Reason::PortUnreach}));
  EXPECT_EQ(of(core::Refusal::None), (Verdict{PortState::Filtered, Reason::HostUnreach}));
}

TEST(Verdict, ResetAfterTheHandshakeIsOpen) {
  EXPECT_EQ(of_errno(Protocol::Tcp, ECONNRESET), (Verdict{PortState::Open, Reason::SynAck}));
}

TEST(Verdict, SilenceIsNoVerdictYet) {
  EXPECT_FALSE(verdict_of(Protocol::Tcp, reply(Status::Timeout)));
  EXPECT_FALSE(verdict_of(Protocol::Tcp, reply(Status::Error, ETIMEDOUT)));
  EXPECT_FALSE(verdict_of(Protocol::Tcp, reply(Status::Error, EHOSTDOWN)));
  EXPECT_EQ(verdict_of_silence(Protocol::Tcp), (Verdict{PortState::Filtered, Reason::NoResponse}));
  EXPECT_EQ(verdict_of_silence(Protocol::Udp), (Verdict{PortState::OpenFiltered, Reason::NoResponse}));
}

}  // namespace
}  // namespace sluice::scan
