// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "nse/lib/libssh2_versions.hpp"
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Calls that need no SSH server. The other calls are compared with Nmap in tests/conformance.
class Libssh2 : public RuntimeFixture {
 protected:
  Libssh2() : RuntimeFixture({1, 1}) {}
  net::FakeServer& server() { return network.tcp("192.0.2.1", 22); }
  /// Runs code with `libssh2` and `show`, which returns the results of pcall as text.
  std::string with(const std::string& code) { return act(prelude() + code); }
  static std::string prelude() {
    return "local libssh2 = require 'libssh2'\n"
           "local function show(...) local t = table.pack(pcall(...)) for i = 1, t.n do t[i] = tostring(t[i]) end\n"
           "return table.concat(t, ' ') end\n";
  }
  std::string opened() { return with("return show(libssh2.session_open, host, 22)"); }
};

TEST_F(Libssh2, UtilityLibraryLoads) {
  EXPECT_EQ(with("return type(require 'libssh2-utility'.SSHConnection)"), "table");
}

TEST_F(Libssh2, FailedConnectRaisesSocketError) {
  server().refuse();
  EXPECT_EQ(opened(), "false ERROR");
  network.tcp("192.0.2.1", 443).silent();
  EXPECT_EQ(with("return show(libssh2.session_open, host, 443)"), "false TIMEOUT");
  EXPECT_EQ(with("return show(libssh2.session_open, 'nowhere.example', 22)"), "false Name or service not known");
}

TEST_F(Libssh2, SilentServerTimesOutAfterSocketTimeout) {
  server();
  EXPECT_EQ(with("local began = nmap.clock() local said = show(libssh2.session_open, host, 22)\n"
                 "return said .. ' ' .. math.floor(nmap.clock() - began)"),
            "false TIMEOUT 30");
}

TEST_F(Libssh2, EndOfStreamFailsHandshake) {
  server().banner("SSH-2.0-x\r\n").after(10ms).close();
  EXPECT_EQ(opened(), "false EOF");
  EXPECT_THAT(server().received(), ::testing::StartsWith("SSH-2.0-libssh2_"));
}

TEST_F(Libssh2, ServerOfOtherProtocolFailsHandshake) {
  server().banner("HTTP/1.1 400 Bad Request\r\n\r\n").after(1s).close();
  EXPECT_THAT(opened(), ::testing::AnyOf(HasSubstr("Unable to complete libssh2 handshake."), "false EOF"));
}

TEST_F(Libssh2, InvalidKeyExchangeFailsHandshake) {
  server().banner("SSH-2.0-x\r\n" + std::string(400, 'A'));
  EXPECT_THAT(opened(), HasSubstr("Unable to complete libssh2 handshake."));
}

TEST_F(Libssh2, EndlessServerIsStoppedAtReceiveLimit) {
  options.receive_limit = 1000;
  server();
  for (int i = 0; i < 50; ++i) server().after(1ms).banner(std::string(99, 'x') + "\n");
  EXPECT_THAT(opened(), ::testing::StartsWith("false"));
  EXPECT_LT(clock.now().time_since_epoch(), 1s);
}

TEST_F(Libssh2, FailedHandshakeReturnsSlotAtOnce) {
  server().banner("SSH-2.0-x\r\n" + std::string(400, 'A'));
  network.tcp("192.0.2.1", 80).banner("x");
  script("fails", prelude() + "local said = show(libssh2.session_open, host, 22) stdnse.sleep(10) return said");
  script(
      "waits",
      "local began = nmap.clock() stdnse.sleep(1) local s = nmap.new_socket() assert(s:connect(host, port)) s:close()\n"
      "return tostring(nmap.clock() - began < 5)");
  start_port("fails");
  start_port("waits");
  run();
  EXPECT_THAT(result("fails"), HasSubstr("Unable to complete libssh2 handshake."));
  EXPECT_EQ(network.peak_open_sockets(), 1u);
  EXPECT_EQ(result("waits"), "true");
}

TEST_F(Libssh2, KilledThreadReleasesSession) {
  options.script_timeout = 5s;
  server().banner("SSH-2.0-x\r\n");
  EXPECT_EQ(opened(), "timed out");
  EXPECT_EQ(slots.held(), 0u);
  EXPECT_EQ(network.open_sockets(), 0u);
}

TEST_F(Libssh2, TraceShowsTheHandshake) {
  options.script_trace = true;
  server().banner("SSH-2.0-x\r\n").after(1ms).close();
  opened();
  EXPECT_THAT(log, HasSubstr("192.0.2.1:22 | CONNECT"));
  EXPECT_THAT(log, HasSubstr("> 192.0.2.1:22 | SSH-2.0-libssh2_"));
  EXPECT_THAT(log, HasSubstr("< 192.0.2.1:22 | SSH-2.0-x\r\n"));
  EXPECT_THAT(log, HasSubstr("192.0.2.1:22 | CLOSE"));
}

TEST_F(Libssh2, ArgumentsAreCheckedBeforeAnythingIsSent) {
  EXPECT_THAT(with("libssh2.session_open(host)"), HasSubstr("bad argument #2 to 'session_open' (number expected"));
  EXPECT_THAT(with("libssh2.session_open({}, 22)"), HasSubstr("host table lacks 'ip' or 'targetname' fields"));
  for (const char* name :
       {"session_close", "hostkey_hash", "set_timeout", "userauth_list", "userauth_password", "userauth_publickey",
        "userauth_publickey_frommemory", "userauth_keyboard_interactive", "publickey_canauth", "open_channel",
        "channel_request_pty_ex", "channel_request", "channel_shell", "channel_exec", "channel_read",
        "channel_read_stderr", "channel_write", "channel_send_eof", "channel_close"}) {
    EXPECT_THAT(with(std::string("libssh2.") + name + "('no session')"), HasSubstr("ssh2 expected, got string"))
        << name;
    EXPECT_THAT(with(std::string("libssh2.") + name + "(nmap.new_socket())"), HasSubstr("ssh2 expected")) << name;
  }
  EXPECT_THAT(with("libssh2.channel_eof('no channel')"), HasSubstr("ssh2.channel expected, got string"));
  EXPECT_TRUE(network.attempts().empty());
}

TEST_F(Libssh2, UserauthBannerExistsIfLibraryKeepsBanner) {
  if (!kHasUserauthBanner) {
    EXPECT_EQ(with("return type(libssh2.userauth_banner)"), "nil");
    return;
  }
  EXPECT_THAT(with("libssh2.userauth_banner('no session')"), HasSubstr("ssh2 expected, got string"));
}

TEST_F(Libssh2, PublicKeyIsSecondWordOfFile) {
  std::ofstream(directory + "/id.pub") << "ssh-ed25519 aGVsbG8= me@here\n";
  std::ofstream(directory + "/one") << "word\n";
  EXPECT_EQ(with("return libssh2.read_publickey('" + directory + "/id.pub')"), "hello");
  EXPECT_EQ(with("return '<' .. libssh2.read_publickey('" + directory + "/one') .. '>'"), "<>");
  EXPECT_THAT(with("libssh2.read_publickey('" + directory + "/none')"), HasSubstr("Error reading file"));
  ::mkfifo((directory + "/fifo").c_str(), 0600);
  EXPECT_THAT(with("libssh2.read_publickey('" + directory + "/fifo')"), HasSubstr("Error reading file"));
  EXPECT_THAT(with("libssh2.read_publickey('/dev/zero')"), HasSubstr("Error reading file"));
}

}  // namespace
}  // namespace sluice::nse
