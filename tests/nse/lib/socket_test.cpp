// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class Socket : public RuntimeFixture {
 protected:
  Socket() : RuntimeFixture({2, 2}) {}
  net::FakeServer& server() { return network.tcp("192.0.2.1", 80); }
  /// Runs code with a socket `s` connected to port 80.
  std::string connected(const std::string& code) {
    return act(
        "local s = nmap.new_socket() assert(s:connect(host, port))\nlocal function show(...) local t = "
        "table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end return table.concat(t, ' ') end\n" +
        code);
  }
};

TEST_F(Socket, ReceiveReturnsServerBytes) {
  server().banner("220 ready\r\n");
  EXPECT_EQ(connected("return show(s:receive())"), "true 220 ready\r\n");
}

TEST_F(Socket, SentBytesReachServerAndResponseIsReceived) {
  server().reply("PONG\r\n");
  EXPECT_EQ(connected("assert(s:send('PING')) return show(s:receive_lines(1))"), "true PONG\r\n");
  EXPECT_EQ(server().received(), "PING");
}

TEST_F(Socket, FailureReturnsNilAndStatus) {
  server().rtt(1ms);
  EXPECT_EQ(connected("s:set_timeout(500) return show(s:receive())"), "nil TIMEOUT");
  server().close();
  EXPECT_EQ(connected("return show(s:receive())"), "nil EOF");
  network.tcp("192.0.2.1", 443).refuse();
  EXPECT_EQ(act("local s = nmap.new_socket() local a, b = s:connect(host, 443) return tostring(a) .. ' ' .. b"),
            "nil ERROR");
}

TEST_F(Socket, TimeoutBeyondClockRangeNeverExpires) {
  for (const char* timeout : {"2^62", "2^70", "1e300", "math.huge", "0/0"}) {
    server().after(1h).banner("late");
    EXPECT_EQ(connected("s:set_timeout(" + std::string(timeout) + ") return show(s:receive())"), "true late")
        << timeout;
  }
}

TEST_F(Socket, ReceiveBufSplitsAtTheDelimiterAndKeepsTheRest) {
  server().banner("one\r\ntwo\r\nrest");
  EXPECT_EQ(connected("local _, a = s:receive_buf('\\r\\n', false) local _, b = s:receive_buf('\\r\\n', true)\n"
                      "s:set_timeout(100) return show(a, b, s:receive_buf('\\r\\n', false))"),
            "one two\r\n nil TIMEOUT");
  EXPECT_THAT(connected("s:receive_buf('x')"), HasSubstr("bad argument"));
}

TEST_F(Socket, ReceiveBufAcceptsFunctionAsDelimiter) {
  server().banner("4:abcd!");
  EXPECT_EQ(connected("return show(s:receive_buf(function(b) if #b >= 6 then return 3, 6 end end, true))"),
            "true 4:abcd");
}

TEST_F(Socket, ReceiveBufAcceptsEmptyMatchAtStart) {
  server().banner("abcd");
  EXPECT_EQ(connected("local a, b = s:receive_buf(require 'match'.numbytes(0), true)\n"
                      "return show(a, '<' .. b .. '>', s:receive_buf('b', true))"),
            "true <> true ab");
  EXPECT_THAT(connected("s:receive_buf(function() return 0, 0 end, false)"), HasSubstr("invalid indices for match"));
  EXPECT_THAT(connected("s:receive_buf(function() return 1, 0 end, true)"), HasSubstr("invalid indices for match"));
}

TEST_F(Socket, ReceiveBufRefusesNumberAsDelimiter) {
  server().banner("5");
  EXPECT_THAT(connected("s:receive_buf(5, true)"), HasSubstr("function/string expected, got number"));
}

#ifndef SLUICE_NO_TLS
TEST_F(Socket, PlainConnectionHasNoCertificate) {
  server();
  EXPECT_THAT(connected("s:get_ssl_certificate()"), HasSubstr("bad self (not a SSL socket)"));
}
#endif

TEST_F(Socket, OperationOnClosedSocketFails) {
  server();
  EXPECT_EQ(connected("s:close() return show(s:close())"), "false socket already closed");
  EXPECT_THAT(connected("s:close() s:send('x')"), HasSubstr("socket must be connected"));
}

TEST_F(Socket, ArgumentsAreCheckedBeforeConnect) {
  EXPECT_THAT(act("nmap.new_socket():connect(host, port, 'sctp')"), HasSubstr("invalid option 'sctp'"));
  EXPECT_THAT(act("nmap.new_socket('raw')"), HasSubstr("invalid option 'raw'"));
  EXPECT_THAT(act("nmap.new_socket():connect({}, 80)"), HasSubstr("host table lacks 'ip' or 'targetname' fields"));
  EXPECT_TRUE(network.attempts().empty());
}

TEST_F(Socket, GetInfoReturnsBothAddresses) {
  server();
  EXPECT_THAT(connected("return show(s:get_info())"), ::testing::MatchesRegex("true .* [0-9]+ 192.0.2.1 80"));
}

TEST_F(Socket, TlsServerNameIsTargetName) {
  auto& tls = network.tcp("192.0.2.1", 443).tls().banner("hi");
  const std::string said =
      act("local s = nmap.new_socket() local ok, why = s:connect(host, 443, 'ssl')\n"
          "if not ok then return why end local _, d = s:receive() return d");
#ifdef SLUICE_NO_TLS
  EXPECT_EQ(said, "sorry, you don't have OpenSSL");
  EXPECT_EQ(tls.attempts(), 0u);
#else
  EXPECT_EQ(said, "hi");
  EXPECT_THAT(tls.server_names(), ::testing::ElementsAre("host.example"));
#endif
}

TEST_F(Socket, NameLookupDoesNotBlockLoop) {
  network.name("other.example", {*Address::parse("192.0.2.9")}, 2s);
  network.tcp("192.0.2.9", 25).banner("smtp");
  script("dns", "local s = nmap.new_socket() assert(s:connect('other.example', 25)) local _, d = s:receive() return d");
  script("other", "stdnse.sleep(1) return 'meanwhile'");
  start_port("dns");
  start_port("other");
  run();
  EXPECT_EQ(result("dns"), "smtp");
  EXPECT_EQ(result("other"), "meanwhile");
}

TEST_F(Socket, UnknownNameReturnsFalseAndReason) {
  EXPECT_EQ(act("local a, b = nmap.new_socket():connect('nowhere.example', 1) return tostring(a) .. ' ' .. b"),
            "false Name or service not known");
}

TEST_F(Socket, ConnectedThreadsNeverExceedSlots) {
  server().rtt(10ms).after(100ms).banner("x");
  script("s", "local s = nmap.new_socket() assert(s:connect(host, port)) s:receive() s:close() return 'ok'");
  for (int i = 0; i < 20; ++i) start_port("s");
  run();
  EXPECT_EQ(ended, 20u);
  EXPECT_EQ(network.peak_open_sockets(), 2u);
}

TEST_F(Socket, FailedConnectReturnsSlotAtOnce) {
  network.tcp("192.0.2.1", 443).refuse();
  script("fails", "local s = nmap.new_socket() s:connect(host, 443) stdnse.sleep(10) return 'after'");
  script("works", "local s = nmap.new_socket() return tostring(s:connect(host, port)) .. nmap.clock()");
  server();
  for (int i = 0; i < 2; ++i) start_port("fails");
  start_port("works");
  scheduler.run_turn();
  scheduler.run_turn();
  scheduler.run_turn();
  EXPECT_THAT(result("works"), ::testing::StartsWith("true"));
  run();
}

TEST_F(Socket, ReconnectWithoutWaitKeepsSlot) {
  server();
  script("again",
         "for _ = 1, 3 do local s = nmap.new_socket() assert(s:connect(host, port)) s:close() end\n"
         "local s = nmap.new_socket() assert(s:connect(host, port)) stdnse.sleep(1) return 'kept'");
  script("waits",
         "stdnse.sleep(0.5) local s = nmap.new_socket() assert(s:connect(host, port)) return tostring("
         "nmap.socket.get_stats().connect_waiting)");
  start_port("again");
  start_port("again");
  start_port("waits");
  run();
  EXPECT_EQ(result("again"), "kept");
  EXPECT_EQ(result("waits"), "0");
}

TEST_F(Socket, CollectedSocketReturnsSlot) {
  server();
  script("drops", "do local s = nmap.new_socket() assert(s:connect(host, port)) end stdnse.sleep(100) return 'd'");
  script("waits", "stdnse.sleep(1) local s = nmap.new_socket() assert(s:connect(host, port)) return 'got'");
  start_port("drops");
  start_port("drops");
  start_port("waits");
  scheduler.run_turn();
  clock.advance(2s);
  deadlines.expire(clock.now());
  scheduler.run_turn();
  EXPECT_EQ(slots.waiting(), 1u);
  while (!runtime->collect_step()) {
  }
  while (!runtime->collect_step()) {
  }
  EXPECT_EQ(slots.waiting(), 0u);
  scheduler.run_turn();
  EXPECT_EQ(result("waits"), "got");
  run();
}

TEST_F(Socket, CloseByOtherThreadCancelsReceive) {
  server();
  EXPECT_EQ(connected("stdnse.new_thread(function() stdnse.sleep(1) s:close() end)\nreturn show(s:receive())"),
            "nil CANCELLED");
}

TEST_F(Socket, SocketUseByOtherCoroutineIsError) {
  server().banner("x");
  EXPECT_THAT(connected("s:receive() local ok, e = coroutine.resume(coroutine.create(function() s:receive() end))\n"
                        "return e"),
              HasSubstr("Invalid reuse of a socket from one thread to another."));
}

TEST_F(Socket, UnconnectedUdpSocketNeedsNoSlot) {
  network.udp("192.0.2.1", 53).echo();
  EXPECT_EQ(act("local t = {} for i = 1, 5 do t[i] = nmap.new_socket('udp') assert(t[i]:sendto(host, 53, 'q' .. i)) "
                "end local _, d = t[5]:receive() return d .. nmap.socket.get_stats().connect_waiting"),
            "q50");
  EXPECT_EQ(slots.held(), 0u);
}

TEST_F(Socket, SendtoOnConnectedSocketIgnoresDestination) {
  server().echo();
  EXPECT_EQ(connected("assert(s:sendto('192.0.2.99', 7, 'over the stream')) local _, d = s:receive() return d"),
            "over the stream");
}

TEST_F(Socket, TraceShowsSentAndReceivedBytes) {
  options.script_trace = true;
  server().reply(std::string("\x00\x01\x02ok", 5));
  EXPECT_EQ(connected("s:send('GET /\\n') s:receive() s:close() return ''"), "");
  EXPECT_THAT(log, ::testing::ContainsRegex("NSE: TCP [0-9.]*:[0-9]* > 192.0.2.1:80 . CONNECT\n"));
  EXPECT_THAT(log, HasSubstr("192.0.2.1:80 | GET /\n\n"));
  EXPECT_THAT(log, HasSubstr("192.0.2.1:80 | SEND\n"));
  EXPECT_THAT(log, HasSubstr(" < 192.0.2.1:80 | 00000000: 00 01 02 6f 6b " + std::string(33, ' ') + "   ok\n"));
  EXPECT_THAT(log, HasSubstr("192.0.2.1:80 | CLOSE\n"));
}

TEST_F(Socket, ReceiveBeyondReceiveLimitFails) {
  options.receive_limit = 1000;
  server().react([](std::string_view) { return net::FakeServer::Reaction(std::string(600, 'x')); });
  EXPECT_EQ(connected("for _ = 1, 5 do s:send('more') end return show(s:receive_buf('never', false))"), "nil ERROR");
}

TEST_F(Socket, SendtoAcceptsHostAndPortAsConnectDoes) {
  network.udp("192.0.2.1", 53).echo();
  network.name("host.example", {*Address::parse("192.0.2.1")});
  EXPECT_EQ(act("local s = nmap.new_socket('udp') assert(s:sendto({targetname = 'host.example'}, {number = 53}, 'q')) "
                "local _, d = s:receive() return d"),
            "q");
  EXPECT_THAT(act("nmap.new_socket('udp'):sendto({}, 53, 'q')"),
              HasSubstr("host table lacks 'ip' or 'targetname' fields"));
  EXPECT_THAT(act("nmap.new_socket('udp'):sendto(host, {number = 53.5}, 'q')"),
              HasSubstr("port table lacks integer 'number' field"));
  EXPECT_THAT(act("nmap.new_socket():sendto(host, 53, 'q')"), HasSubstr("socket must be connected"));
}

TEST_F(Socket, TimeoutBelowMinusOneIsAnError) {
  EXPECT_THAT(act("nmap.new_socket():set_timeout(-2)"), HasSubstr("Negative timeout:"));
  EXPECT_EQ(act("return tostring(nmap.new_socket():set_timeout(-1))"), "true");
}

TEST_F(Socket, UnbindableLocalAddressIsWarnedOfAndReplaced) {
  server().banner("x");
  network.udp("192.0.2.1", 53).echo();
  network.unbindable[{*Address::parse("0.0.0.0"), 80}] = EACCES;
  network.unbindable[{*Address::parse("192.0.2.77"), 40001}] = EADDRNOTAVAIL;
  network.unbindable[{*Address::parse("0.0.0.0"), 53530}] = EADDRINUSE;
  for (const std::string kind : {"tcp", "udp"}) {
    EXPECT_EQ(act("local s = nmap.new_socket('" + kind +
                  "') s:bind(nil, 80)\n"
                  "return tostring(s:connect(host, port, '" +
                  kind + "'))"),
              "true");
    EXPECT_THAT(
        log, HasSubstr("Warning: NSE: act against host.example (192.0.2.1:80): cannot bind to 0.0.0.0:80 (Permission "
                       "denied); the socket uses another address or port\n"));
    log.clear();
  }
  EXPECT_EQ(act("local s = nmap.new_socket() s:bind('192.0.2.77', 40001) return tostring(s:connect(host, port))"),
            "true");
  EXPECT_THAT(log, HasSubstr("cannot bind to 192.0.2.77:40001 (Cannot assign requested address)"));
  EXPECT_EQ(act("local s = nmap.new_socket('udp') s:bind(nil, 53530) assert(s:sendto(host, 53, 'q'))\n"
                "return select(2, s:receive())"),
            "q");
  EXPECT_THAT(log, HasSubstr("cannot bind to 0.0.0.0:53530 (Address already in use)"));
}

TEST_F(Socket, BoundLocalAddressIsUsedWithoutWarning) {
  server();
  EXPECT_EQ(act("local s = nmap.new_socket() s:bind(nil, 40002) assert(s:connect(host, port))\n"
                "return tostring((select(3, s:get_info())))"),
            "40002");
  EXPECT_EQ(log, "");
}

}  // namespace
}  // namespace sluice::nse
