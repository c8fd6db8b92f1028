// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <csignal>

#include "engine_fixture.hpp"
#include "native/privilege.hpp"
#include "support/loopback.hpp"
#include "support/tls_server.hpp"

namespace sluice::engine {
namespace {

enum class Needs { Nothing, Rights, TlsServer, DtlsServer };

/// What a script opens: `p` is a TCP port, `u` a UDP port.
struct Kind {
  const char* name;
  const char* code;
  Needs needs = Needs::Nothing;
};

constexpr Kind kKinds[] = {
    {"Tcp", "local s = nmap.new_socket() assert(s:connect('127.0.0.1', p)) keep(s)"},
    {"TcpOfACoroutine",
     "local s = nmap.new_socket() coroutine.wrap(function() assert(s:connect('127.0.0.1', p)) end)() keep(s)"},
    {"UdpConnected", "local s = nmap.new_socket('udp') assert(s:connect('127.0.0.1', u)) keep(s)"},
    {"UdpBySendto", "local s = nmap.new_socket('udp') assert(s:sendto('127.0.0.1', u, 'x')) keep(s)"},
    {"UdpByReceive", "local s = nmap.new_socket('udp') s:set_timeout(1) assert(not s:receive()) keep(s)"},
    {"UdpByGetInfo", "local s = nmap.new_socket('udp') assert(s:get_info()) keep(s)"},
    {"UdpOfAChildThread",
     "stdnse.new_thread(function() local s = nmap.new_socket('udp') s:sendto('127.0.0.1', u, 'x') keep(s) "
     "stdnse.sleep(60) end) stdnse.sleep(0.01)"},
    {"TcpOfALivingChildThread",
     "stdnse.new_thread(function() local s = nmap.new_socket() s:connect('127.0.0.1', p) keep(s) s:receive() end) "
     "stdnse.sleep(0.01)"},
    {"File", "keep(assert(io.open('/dev/null')))"},
    {"TemporaryFile", "keep(assert(io.tmpfile()))"},
    {"LinesOfAFile", "local next_line = io.lines('/etc/passwd') keep(next_line, next_line())"},
    {"Directory", "keep(lfs.dir('/'))"},
    {"Inflate", "keep(zlib.inflate(assert(io.open('/dev/null'))))"},
    {"CommandThatPrints", "keep(assert(io.popen('exec cat /dev/zero')))"},
    {"CommandThatReads", "keep(assert(io.popen('exec cat >/dev/null', 'w')))"},
    {"Capture", "local s = nmap.new_socket() s:pcap_open('lo', 64, false, 'tcp') keep(s)", Needs::Rights},
    {"RawIp", "local d = nmap.new_dnet() d:ip_open() keep(d)", Needs::Rights},
    {"SshSession", "stdnse.new_thread(function() libssh2.session_open({ip = '127.0.0.1'}, p) end) stdnse.sleep(0.01)"},
#ifndef SLUICE_NO_TLS
    {"Tls", "local s = nmap.new_socket() assert(s:connect('127.0.0.1', p, 'ssl')) keep(s)", Needs::TlsServer},
    {"TlsLater", "local s = nmap.new_socket() assert(s:connect('127.0.0.1', p)) assert(s:reconnect_ssl()) keep(s)",
     Needs::TlsServer},
    {"Dtls", "local s = nmap.new_socket('udp') assert(s:connect('127.0.0.1', u, 'ssl')) keep(s)", Needs::DtlsServer},
#endif
};

/// How the script ends.
struct Ending {
  const char* name;
  const char* code;
};
constexpr Ending kEnds[] = {
    {"Finishes", "return 'done'"}, {"Fails", "error('over')"}, {"IsKilledByItsTimeout", "stdnse.sleep(60)"}};

struct EndedScriptThread : EngineTest, testing::WithParamInterface<std::tuple<Kind, Ending>> {};

// The second script starts after the end of the first. It waits until the process has no more open descriptors than
// before the first. The servers belong to the process, too; they close a connection when its peer does.
TEST_P(EndedScriptThread, DescriptorsAreClosedAfterEnd) {
  const auto [kind, end] = GetParam();
  if (kind.needs == Needs::Rights && !net::is_privileged(std::nullopt, true))
    GTEST_SKIP() << "needs the right to raw sockets";
  const net::Peer tcp(SOCK_STREAM), udp(SOCK_DGRAM);
  std::uint16_t p = tcp.at.port, u = udp.at.port;
#ifndef SLUICE_NO_TLS
  std::signal(SIGPIPE, SIG_IGN);  // the server may still have session tickets to send when its peer is gone
  const auto listen = [](SSL* session) {
    char byte;
    while (SSL_read(session, &byte, 1) > 0) {
    }
  };
  std::optional<net::TlsServer> tls;
  std::optional<net::DtlsServer> dtls;
  if (kind.needs == Needs::TlsServer) p = tls.emplace(listen).peer.at.port;
  if (kind.needs == Needs::DtlsServer) u = dtls.emplace(listen).peer.at.port;
#endif
  const std::string head = R"(
    local nmap, stdnse, io, lfs, coroutine = require 'nmap', require 'stdnse', require 'io', require 'lfs', require 'coroutine'
    local zlib, libssh2 = require 'zlib', require 'libssh2'
    prerule = function() return true end
    local function descriptors() local n = 0 for _ in lfs.dir('/proc/self/fd') do n = n + 1 end return n end
    local kept = {}
    local function keep(...) kept[#kept + 1] = table.pack(...) end
    local p, u = )" + std::to_string(p) +
                           ", " + std::to_string(u) + "\n";
  script("opens", head + "action = function() nmap.registry.before = descriptors() " + kind.code +
                      " nmap.registry.opened = descriptors() " + end.code + " end");
  script("counts", head + R"(
    dependencies = {'opens'}
    action = function()
      local r = nmap.registry
      if r.opened <= r.before then return 'nothing was opened' end
      while descriptors() > r.before do stdnse.sleep(0.01) end
      return 'gone'
    end)");
  options.script_timeout = std::chrono::seconds(2);
  EXPECT_EQ(run(), Engine::End::Finished);
  std::string said = "nothing";
  for (const auto& each : recorder.all<event::ScriptFinished>())
    if (each.id == "counts" && each.result) said = each.result->output;
  EXPECT_EQ(said, "gone") << recorder.log();
}

INSTANTIATE_TEST_SUITE_P(Kinds, EndedScriptThread,
                         testing::Combine(testing::ValuesIn(kKinds), testing::ValuesIn(kEnds)), [](const auto& each) {
                           return std::string(std::get<0>(each.param).name) + std::get<1>(each.param).name;
                         });

}  // namespace
}  // namespace sluice::engine
