// SPDX-License-Identifier: Apache-2.0
#include "native/tls_session.hpp"

#ifndef SLUICE_NO_TLS

#include <gtest/gtest.h>
#include <sys/time.h>

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <random>

#include "support/tls_server.hpp"

namespace {

/// The time of day that OpenSSL reads. Without a value, OpenSSL reads the time of the system.
std::optional<std::chrono::microseconds> time_of_day;

}  // namespace

// OpenSSL calls gettimeofday() to set and to check the timers of DTLS. This definition replaces it in the test program.
extern "C" int gettimeofday(timeval* now, void*) noexcept {
  using namespace std::chrono;
  const auto told = time_of_day ? *time_of_day : duration_cast<microseconds>(system_clock::now().time_since_epoch());
  now->tv_sec = duration_cast<seconds>(told).count();
  now->tv_usec = (told % seconds(1)).count();
  return 0;
}

namespace sluice::net {
namespace {

using namespace std::chrono_literals;
using State = TlsSession::State;

using Messages = std::vector<std::string>;

constexpr std::size_t kPayload = 1372;

enum Side : std::uint8_t { Client, Server };

/// A client and a server in virtual time. `wire` determines when and how often each datagram arrives.
struct DtlsSession : testing::Test {
  DtlsSession() { time_of_day = kStart; }
  ~DtlsSession() override { time_of_day.reset(); }

  static constexpr std::chrono::microseconds kStart = 1'000'000s;
  static constexpr Duration kTransit = 1ms;

  Identity identity;
  Context context = identity.context(DTLS_server_method());
  SSL* raw_server = nullptr;
  std::array<std::unique_ptr<TlsSession>, 2> sessions;
  std::size_t client_payload = kPayload, server_payload = kPayload;

  /// The transit time of each copy of a datagram that arrives. Empty if the datagram is lost. `nth` counts the
  /// datagrams of a side from 0.
  using Copies = std::vector<Duration>;
  std::function<Copies(Side from, std::size_t nth)> wire = [](Side, std::size_t) { return Copies{kTransit}; };
  struct Sent {
    Duration at;
    std::string datagram;
  };
  std::array<std::vector<Sent>, 2> sent;
  struct Arrival {
    Side to;
    std::string datagram;
  };
  std::multimap<Duration, Arrival> under_way;

  void open() {
    raw_server = SSL_new(context.get());
    SSL_set_accept_state(raw_server);
    SSL_set_options(raw_server, SSL_OP_NO_QUERY_MTU);
    SSL_set_mtu(raw_server, static_cast<long>(server_payload));
    sessions = {TlsSession::datagram_client(client_payload), TlsSession::adopt(raw_server)};
    ASSERT_TRUE(sessions[Client] && sessions[Server]);
  }
  [[nodiscard]] TlsSession& client() const { return *sessions[Client]; }
  [[nodiscard]] TlsSession& server() const { return *sessions[Server]; }
  [[nodiscard]] static Duration now() { return *time_of_day - kStart; }

  void post(Side from) {
    for (std::string datagram; !(datagram = sessions[from]->take_output()).empty();) {
      for (const Duration transit : wire(from, sent[from].size()))
        under_way.emplace(now() + transit, Arrival{from == Client ? Server : Client, datagram});
      sent[from].push_back({now(), std::move(datagram)});
    }
  }
  /// Advances the time to the next arrival or retransmission and performs it. Returns false if there is none.
  bool step() {
    std::optional<Duration> next;
    for (const auto& session : sessions)
      if (const auto left = session->retransmission()) next = std::min(next.value_or(now() + *left), now() + *left);
    if (!under_way.empty()) next = std::min(next.value_or(under_way.begin()->first), under_way.begin()->first);
    if (!next) return false;
    time_of_day = kStart + std::chrono::duration_cast<std::chrono::microseconds>(*next);
    while (!under_way.empty() && under_way.begin()->first <= now()) {
      const Arrival arrival = std::move(under_way.extract(under_way.begin()).mapped());
      sessions[arrival.to]->feed(arrival.datagram);
    }
    for (const auto& session : sessions)
      if (session->retransmission() == Duration{}) session->retransmit();
    return true;
  }
  /// Continues the handshake of `side`. A side that has finished it reads instead, because the other side may need a
  /// retransmission.
  State advance(Side side) {
    if (!sessions[side]->shaken()) return sessions[side]->shake();
    State why;
    EXPECT_EQ(read(side, why), Messages{});
    return why == State::NeedsInput ? State::Done : why;
  }
  /// Runs the handshake as far as possible. Returns the state of the client.
  State shake() {
    for (;;) {
      const State of_client = advance(Client), of_server = advance(Server);
      post(Client);
      post(Server);
      if (of_client == State::Failed || (of_client == State::Done && of_server == State::Done)) return of_client;
      if (!step()) return of_client;
    }
  }
  void shaken() {
    open();
    ASSERT_EQ(shake(), State::Done);
  }
  /// Returns all messages that have arrived. `why` is the state that ended the read.
  Messages read(Side side, State& why) {
    Messages all;
    char message[TlsSession::kLongestMessage];
    for (;;) {
      const auto [state, bytes] = sessions[side]->read(message, sizeof message);
      if ((why = state) != State::Done) return all;
      all.emplace_back(message, bytes);
    }
  }
  Messages read(Side side) {
    State ignored;
    return read(side, ignored);
  }
  /// Sends the output of `from`, and advances the time until no datagram is in transit.
  void carry(Side from) {
    post(from);
    while (!under_way.empty()) step();
  }
};

TEST_F(DtlsSession, HandshakeGivesWholeCertificateChain) {
  open();
  EXPECT_EQ(client().shake(), State::NeedsInput);
  EXPECT_FALSE(client().shaken());
  EXPECT_EQ(shake(), State::Done);
  EXPECT_TRUE(client().shaken());
  EXPECT_EQ(ders(client().peer_certificates()), identity.chain());
  EXPECT_LT(now(), 20ms) << "something was awaited that need not be";
  EXPECT_EQ(client().retransmission(), std::nullopt);
}

TEST_F(DtlsSession, HandshakeSucceedsIfAnyOneDatagramIsLost) {
  server_payload = client_payload = 256;
  shaken();
  const std::array usual = {sent[Client].size(), sent[Server].size()};
  for (const Side side : {Client, Server})
    for (std::size_t lost = 0; lost < usual[side]; ++lost) {
      SCOPED_TRACE(testing::Message() << "side " << side << ", datagram " << lost);
      time_of_day = kStart;
      sent = {};
      wire = [=](Side from, std::size_t nth) { return from == side && nth == lost ? Copies{} : Copies{kTransit}; };
      shaken();
      EXPECT_GE(now(), 900ms);
      EXPECT_LT(now(), 1100ms);
      EXPECT_EQ(ders(client().peer_certificates()), identity.chain());
      carry(Client);
    }
}

TEST_F(DtlsSession, HelloIsRetransmittedAtDoublingIntervalsUntilFailure) {
  wire = [](Side, std::size_t) { return Copies{}; };
  open();
  EXPECT_EQ(shake(), State::Failed);
  ASSERT_GE(sent[Client].size(), 6u);
  for (std::size_t each = 0; each < 6; ++each) {
    EXPECT_EQ(sent[Client][each].at, std::chrono::seconds((1 << each) - 1));
    EXPECT_EQ(sent[Client][each].datagram.substr(13), sent[Client][0].datagram.substr(13))
        << "another record, same hello";
  }
  EXPECT_GT(now(), 5min);
  EXPECT_LT(sent[Client].size(), 20u);
}

TEST_F(DtlsSession, RetransmitBeforeTimerExpiresSendsNothing) {
  open();
  EXPECT_EQ(client().shake(), State::NeedsInput);
  post(Client);
  EXPECT_EQ(client().retransmission(), 1s);
  time_of_day = kStart + 500ms;
  EXPECT_EQ(client().retransmission(), 500ms);
  client().retransmit();
  EXPECT_EQ(client().shake(), State::NeedsInput);
  EXPECT_EQ(client().take_output(), "");
  EXPECT_EQ(client().retransmission(), 500ms);
}

TEST_F(DtlsSession, HandshakeSucceedsIfDatagramsAreDuplicated) {
  server_payload = 256;
  wire = [](Side, std::size_t) { return Copies{kTransit, 2 * kTransit}; };
  shaken();
  EXPECT_LT(now(), 100ms);
}

TEST_F(DtlsSession, HandshakeSucceedsIfDatagramsAreReordered) {
  server_payload = client_payload = 256;
  wire = [](Side, std::size_t nth) { return Copies{100ms - (nth % 50) * kTransit}; };
  shaken();
  EXPECT_EQ(ders(client().peer_certificates()), identity.chain());
  EXPECT_LT(now(), 1s);
}

TEST_F(DtlsSession, HandshakeSucceedsUnderRandomLossDuplicationAndReordering) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    const auto percent = [&] { return std::uniform_int_distribution<int>(0, 99)(random); };
    server_payload = client_payload = 400;
    wire = [&](Side, std::size_t) {
      Copies copies;
      while (percent() < 70 && copies.size() < 3) copies.push_back(percent() * kTransit);
      return copies;
    };
    under_way.clear();
    shaken();
    EXPECT_EQ(ders(client().peer_certificates()), identity.chain()) << seed;
  }
}

TEST_F(DtlsSession, ClientReturnsCookieOfServer) {
  SSL_CTX_set_options(context.get(), SSL_OP_COOKIE_EXCHANGE);
  SSL_CTX_set_cookie_generate_cb(context.get(), [](SSL*, unsigned char* cookie, unsigned* size) {
    std::copy_n("a cookie", *size = 8, cookie);
    return 1;
  });
  SSL_CTX_set_cookie_verify_cb(context.get(), [](SSL*, const unsigned char* cookie, unsigned size) {
    return static_cast<int>(std::string_view(reinterpret_cast<const char*>(cookie), size) == "a cookie");
  });
  shaken();
  EXPECT_NE(sent[Client][1].datagram.find("a cookie"), std::string::npos);
}

TEST_F(DtlsSession, HandshakeDatagramsStayWithinPayload) {
  client_payload = 256;
  server_payload = 300;
  shaken();
  EXPECT_GT(sent[Client].size(), 2u) << "nothing was cut";
  for (const Sent& each : sent[Client]) EXPECT_LE(each.datagram.size(), client_payload);
  for (const Sent& each : sent[Server]) EXPECT_LE(each.datagram.size(), server_payload);
}

TEST_F(DtlsSession, MessageIsOneDatagramAndOneRead) {
  shaken();
  const Messages messages = {"one", "two", std::string(TlsSession::kLongestMessage, 'x'), "!"};
  for (const Side from : {Client, Server}) {
    const std::size_t before = sent[from].size();
    for (const std::string& each : messages) {
      const auto [state, bytes] = sessions[from]->write(each);
      EXPECT_EQ(state, State::Done);
      EXPECT_EQ(bytes, each.size());
    }
    carry(from);
    EXPECT_EQ(sent[from].size() - before, messages.size());
    EXPECT_EQ(read(from == Client ? Server : Client), messages);
  }
}

TEST_F(DtlsSession, WriteOfTooLongMessageFails) {
  shaken();
  EXPECT_EQ(client().write(std::string(TlsSession::kLongestMessage + 1, 'x')).state, State::Failed);
}

TEST_F(DtlsSession, MessagesMayBeLostOrReorderedButNotDuplicated) {
  shaken();
  sent = {};
  wire = [](Side, std::size_t nth) -> Copies {
    switch (nth) {
      case 0:  // overtaken
        return {3 * kTransit};
      case 1:  // lost
        return {};
      case 2:  // doubled
        return {kTransit, kTransit};
      default:
        return {kTransit};
    }
  };
  for (const char* each : {"late", "lost", "twice", "usual"}) server().write(each);
  carry(Server);
  EXPECT_EQ(read(Client), (Messages{"twice", "usual", "late"}));
}

TEST_F(DtlsSession, ForeignAndDamagedDatagramsAreIgnored) {
  open();
  const auto noise = [&] {
    for (const char* each : {"", "\n", "220 mail.example.com ESMTP ready\r\n"}) client().feed(each);
    client().feed(std::string("\x17\xfe\xfd\0\1\0\0\0\0\0\7\0\40", 13) + std::string(32, 'x'));
  };
  EXPECT_EQ(client().shake(), State::NeedsInput);
  noise();
  EXPECT_EQ(client().shake(), State::NeedsInput);
  ASSERT_EQ(shake(), State::Done);
  noise();
  State why;
  EXPECT_EQ(read(Client, why), Messages{});
  EXPECT_EQ(why, State::NeedsInput);
  server().write("secret");
  std::string record = server().take_output();
  record.back() ^= 1;
  client().feed(record);
  server().write("more");
  carry(Server);
  EXPECT_EQ(read(Client, why), Messages{"more"});
  EXPECT_EQ(why, State::NeedsInput);
}

TEST_F(DtlsSession, CloseNotifyEndsRead) {
  shaken();
  server().write("last");
  server().shut();
  carry(Server);
  State why;
  EXPECT_EQ(read(Client, why), Messages{"last"});
  EXPECT_EQ(why, State::End);
  client().shut();
  carry(Client);
  EXPECT_EQ(read(Server, why), Messages{});
  EXPECT_EQ(why, State::End);
}

TEST_F(DtlsSession, OldProtocolVersionsAreAccepted) {
  for (const int version : {DTLS1_VERSION, DTLS1_2_VERSION}) {
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    shaken();
    EXPECT_EQ(SSL_version(raw_server), version);
    EXPECT_EQ(SSL_get_servername(raw_server, TLSEXT_NAMETYPE_host_name), nullptr);
  }
}

TEST_F(DtlsSession, ServerWithoutCertificateIsAccepted) {
  context.reset(SSL_CTX_new(DTLS_server_method()));
  SSL_CTX_set_cipher_list(context.get(), "aNULL:eNULL:@SECLEVEL=0");
  shaken();
  EXPECT_TRUE(client().peer_certificates().empty());
}

TEST_F(DtlsSession, RenegotiationSucceedsIfAnswerIsLost) {
  shaken();
  sent = {};
  wire = [](Side from, std::size_t nth) { return from == Client && nth == 0 ? Copies{} : Copies{kTransit}; };
  const Duration before = now();
  ASSERT_EQ(SSL_renegotiate(raw_server), 1);
  server().shake();
  for (int round = 0; round < 20 && SSL_renegotiate_pending(raw_server); ++round) {
    post(Server);
    EXPECT_EQ(read(Client), Messages{});
    post(Client);
    ASSERT_TRUE(step());
    read(Server);
  }
  EXPECT_EQ(SSL_renegotiate_pending(raw_server), 0);
  EXPECT_GE(now() - before, 900ms);
  server().write("after");
  carry(Server);
  EXPECT_EQ(read(Client), Messages{"after"});
}

}  // namespace
}  // namespace sluice::net

#endif
