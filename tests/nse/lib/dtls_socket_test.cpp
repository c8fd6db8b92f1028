// SPDX-License-Identifier: Apache-2.0
#ifndef SLUICE_NO_TLS

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using net::Transport;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct DtlsSocket : RuntimeFixture {
  net::FakeServer& server() { return network.udp("192.0.2.1", 80); }
  /// Runs code with a datagram socket `s` connected to port 80 by DTLS.
  std::string connected(const std::string& code) {
    server().tls();
    return act("local s = nmap.new_socket('udp') assert(s:connect(host, port, 'ssl'))\n" + code);
  }
  [[nodiscard]] std::vector<Transport> transports() const {
    std::vector<Transport> all;
    for (const auto& attempt : network.attempts()) all.push_back(attempt.transport);
    return all;
  }
};

TEST_F(DtlsSocket, SslConnectOfDatagramSocketUsesDtls) {
  server().tls();
  network.tcp("192.0.2.1", 80).tls();
  EXPECT_EQ(
      act("local s = nmap.new_socket('udp')\n"
          "for _, proto in ipairs {'ssl', 'ssl', 'tcp', 'ssl', 'udp', 'ssl'} do assert(s:connect(host, 80, proto)) "
          "end\n"
          "s:close() assert(s:connect(host, 80)) s:close() assert(s:connect(host, 80, 'ssl')) return 'all'"),
      "all");
  EXPECT_THAT(transports(), ElementsAre(Transport::Dtls, Transport::Dtls, Transport::Tcp, Transport::Tls,
                                        Transport::Udp, Transport::Dtls, Transport::Udp, Transport::Dtls));
}

TEST_F(DtlsSocket, SslConnectOfStreamSocketUsesTlsDespitePortTable) {
  network.tcp("192.0.2.1", 80).tls();
  EXPECT_EQ(act("assert(nmap.new_socket():connect(host, {number = 80, protocol = 'udp'}, 'ssl')) return 'yes'"), "yes");
  EXPECT_THAT(transports(), ElementsAre(Transport::Tls));
}

TEST_F(DtlsSocket, ReceiveReturnsOneMessageAndLinesSpanMessages) {
  server().rtt(1ms).echo();
  EXPECT_EQ(connected("for _, each in ipairs {'one', 'two', 'a\\n', 'b\\nc', 'd\\n'} do assert(s:send(each)) end\n"
                      "local t = {} for i = 1, 2 do t[i] = select(2, s:receive()) end\n"
                      "t[3] = select(2, s:receive_lines(2)) t[4] = select(2, s:receive_buf('\\n', false))\n"
                      "return table.concat(t, '|')"),
            "one|two|a\nb\nc|d");
}

TEST_F(DtlsSocket, SendtoUsesSessionAndIgnoresDestination) {
  server().rtt(1ms).echo();
  EXPECT_EQ(connected("assert(s:sendto('192.0.2.9', 9, 'secret')) return select(2, s:receive())"), "secret");
  EXPECT_EQ(network.udp("192.0.2.9", 9).received(), "");
}

TEST_F(DtlsSocket, ConnectToServerWithoutDtlsOrSilentServerFails) {
  const std::string connect =
      "local s = nmap.new_socket('udp') s:set_timeout(500) local a, b = s:connect(host, 80, 'ssl') s:close() "
      "return tostring(a) .. ' ' .. b";
  EXPECT_EQ(act(connect), "nil ERROR");
  server().tls().silent();
  EXPECT_EQ(act(connect), "nil TIMEOUT");
}

TEST_F(DtlsSocket, ClosedSocketSendsPlainDatagram) {
  network.udp("192.0.2.9", 9).rtt(1ms).echo();
  EXPECT_EQ(connected("s:close() assert(s:sendto('192.0.2.9', 9, 'plain')) return select(2, s:receive())"), "plain");
}

TEST_F(DtlsSocket, TraceNamesUdp) {
  options.script_trace = true;
  server().rtt(1ms).echo();
  EXPECT_EQ(connected("s:send('hello') s:receive() s:close() return 'done'"), "done");
  for (const char* line : {"> 192.0.2.1:80 | CONNECT\n", "> 192.0.2.1:80 | hello\n", "< 192.0.2.1:80 | hello\n"})
    EXPECT_THAT(log, HasSubstr(line));
  EXPECT_THAT(log, HasSubstr("NSE: UDP "));
  EXPECT_EQ(log.find("TCP"), std::string::npos);
}

}  // namespace
}  // namespace sluice::nse

#endif
