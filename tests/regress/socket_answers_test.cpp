// SPDX-License-Identifier: Apache-2.0
// Cases in which socket methods returned other values than under Nmap (docs/nse-compat.md): connects that the local
// system fails at once, empty datagrams, resets after bytes, and the TLS 1.3 alert of a missing client certificate.

#include <gmock/gmock.h>

#include <csignal>
#include <thread>

#include "library/engine_fixture.hpp"
#include "support/loopback.hpp"
#include "support/tls_server.hpp"

namespace sluice::engine {
namespace {

struct SocketResult : EngineTest {
  /// Runs code with a socket `s` and a port `p`. Returns the lines of its calls of `say`, joined with "|".
  std::string say(const std::string& code, std::uint16_t port = 9) {
    script("says", R"(
      local nmap, stdnse, table, string = require 'nmap', require 'stdnse', require 'table', require 'string'
      prerule = function() return true end
      local lines = {}
      local function say(...)
        local t = table.pack(...)
        for i = 1, t.n do t[i] = tostring(t[i]):gsub('%c', '.') end
        lines[#lines + 1] = table.concat(t, ' ')
      end
      action = function() local p = )" +
                       std::to_string(port) + " local s = nmap.new_socket() " + code +
                       " return table.concat(lines, '|') end");
    EXPECT_EQ(run(), Engine::End::Finished);
    const auto finished = recorder.one<event::ScriptFinished>();
    return finished.result ? finished.result->output : finished.message;
  }
};

TEST_F(SocketResult, ConnectFailedAtOnceReturnsFalseAndText) {
  EXPECT_EQ(
      say(R"(
    say(s:connect('127.255.255.255', 9)) say(s:get_info()) say(s:send('x')) say(s:receive()) say(s:close())
    say(nmap.new_socket():connect('127.0.0.1', 1)))"),
      "false Nsock connect failed immediately|true 0.0.0.0 0 127.255.255.255 9|nil ERROR|nil ERROR|true|nil ERROR");
}

TEST_F(SocketResult, ReceiveAfterRefusedConnectReturnsEof) {
  EXPECT_EQ(say(R"(
    for _, protocol in ipairs{'tcp', 'ssl'} do
      s = nmap.new_socket() say(s:connect('127.0.0.1', 1, protocol)) say(s:receive()) say(s:receive_lines(1))
      say(s:receive_bytes(1)) say(s:receive_buf('\n', true)) say(s:send('x'))
    end)"),
            "nil ERROR|nil EOF|nil EOF|nil EOF|nil EOF|nil ERROR|nil ERROR|nil EOF|nil EOF|nil EOF|nil EOF|nil ERROR");
}

TEST_F(SocketResult, OperationsAfterConnectTimeoutTimeOut) {
  // A listener that accepts no connection, and connections that fill its queue.
  net::Peer full(SOCK_STREAM);
  ::listen(full.socket, 0);
  net::SocketAddress name(full.at);
  std::vector<int> waiting;
  for (int each = 0; each < 4; ++each) {
    waiting.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::connect(waiting.back(), name.get(), name.size());
  }
  EXPECT_EQ(say("s:set_timeout(200) say(s:connect('127.0.0.1', p)) local before = nmap.clock_ms() say(s:receive()) "
                "say(s:send('x')) say(nmap.clock_ms() - before >= 400)",
                full.at.port),
            "nil TIMEOUT|nil TIMEOUT|nil TIMEOUT|true");
  for (const int each : waiting) ::close(each);
}

TEST_F(SocketResult, ReceiveAfterFailedUdpConnectTimesOut) {
  EXPECT_EQ(say("s = nmap.new_socket('udp') s:set_timeout(200) say(s:connect('fe80::1', 9, 'udp')) say(s:receive()) "
                "local _, address, port = s:get_info() say(address, port > 0) "
                "say(s:receive_lines(1)) say(s:send('x'))"),
            "false Nsock connect failed immediately|nil TIMEOUT|:: true|nil TIMEOUT|nil ERROR");
}

TEST_F(SocketResult, UdpSendToBroadcastAddressSucceeds) {
  EXPECT_EQ(say("s = nmap.new_socket('udp') say(s:connect('127.255.255.255', 9, 'udp')) say(s:send('x'))"),
            "true|true");
}

TEST_F(SocketResult, EmptyDatagramCompletesReceiveWithEof) {
  const net::Peer peer(SOCK_DGRAM);
  std::thread answers([&peer] {
    for (int each = 0; each < 5; ++each) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      char byte;
      if (::recvfrom(peer.socket, &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), &size) != 1) return;
      for (const std::string_view text : {"", "then"})
        ::sendto(peer.socket, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  });
  EXPECT_EQ(say(R"(
    s = nmap.new_socket('udp') s:connect('127.0.0.1', p, 'udp')
    for _, how in ipairs{'receive', 'receive_bytes', 'receive_lines', 'receive_buf', 'receive'} do
      s:send('x') say(s[how](s, how == 'receive_buf' and 'n' or 1, true)) say(s:receive())
    end)",
                peer.at.port),
            "nil EOF|true then|nil EOF|true then|nil EOF|true then|nil EOF|true then|nil EOF|true then");
  answers.join();
}

TEST_F(SocketResult, ResetAfterBytesFailsNextReceive) {
  net::Peer peer(SOCK_STREAM);
  std::thread answers([&peer] {
    for (int each = 0; each < 4; ++each) {
      peer.accept();
      peer.say("hello\nwor");
      char byte;
      ::recv(peer.stream, &byte, 1, 0);
      const linger at_once{1, 0};
      ::setsockopt(peer.stream, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      peer.hang_up();
    }
  });
  EXPECT_EQ(say(R"(
    for _, how in ipairs{'receive_bytes', 'receive_lines', 'receive_buf'} do
      s = nmap.new_socket() s:connect('127.0.0.1', p) s:send('x')
      stdnse.sleep(0.1)
      say(s[how](s, how == 'receive_buf' and '\n' or 1000, true)) say(s:receive()) say(s:receive()) s:close()
    end
    s = nmap.new_socket() s:connect('127.0.0.1', p) s:send('x') stdnse.sleep(0.1)
    say(s:send('more')) say(s:receive()) say(s:receive()))",
                peer.at.port),
            "true hello.wor|nil ERROR|nil EOF|true hello.wor|nil ERROR|nil EOF|true hello.|nil ERROR|nil EOF|"
            "nil ERROR|true hello.wor|nil EOF");
  answers.join();
}

#ifndef SLUICE_NO_TLS
TEST_F(SocketResult, TlsConnectFailedAtOnceReturnsFalseAndText) {
  EXPECT_EQ(say("say(s:connect('127.255.255.255', 9, 'ssl'))"), "false Nsock connect failed immediately");
}

TEST_F(SocketResult, MissingClientCertificateInTls13ReturnsEof) {
  std::signal(SIGPIPE, SIG_IGN);  // the server may send its alert after the client has closed
  const net::Identity identity;
  const net::Context context = identity.context();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  net::Peer peer(SOCK_STREAM);
  std::thread answers([&] {
    for (int each = 0; each < 2; ++each) {
      peer.accept();
      const std::unique_ptr<SSL, net::Releases<SSL_free>> session(SSL_new(context.get()));
      SSL_set_fd(session.get(), peer.stream);
      EXPECT_NE(SSL_accept(session.get()), 1);
      peer.hang_up();
    }
  });
  EXPECT_EQ(say(R"(
    for _, how in ipairs{'receive', 'receive_bytes'} do
      s = nmap.new_socket() say(s:connect('127.0.0.1', p, 'ssl'))
      say(s[how](s, 1)) say(s:receive()) say(s:send('x')) s:close()
    end)",
                peer.at.port),
            "true|nil EOF|nil EOF|nil ERROR|true|nil EOF|nil EOF|nil ERROR");
  answers.join();
}
#endif

struct HostInterface : EngineTest, testing::WithParamInterface<bool> {};

TEST_P(HostInterface, ScriptReadsInterfaceWithAndWithoutPrivilege) {
  options.privileged = GetParam();
  script("interface",
         "hostrule = function() return true end action = function(host) return tostring(host.interface) end");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(recorder.one<event::ScriptFinished>().result->output, "lo");
}

INSTANTIATE_TEST_SUITE_P(Privileged, HostInterface, testing::Bool());

}  // namespace
}  // namespace sluice::engine
