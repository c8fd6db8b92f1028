// SPDX-License-Identifier: Apache-2.0
#ifndef SLUICE_NO_TLS

#include <fcntl.h>
#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>

#include "engine_fixture.hpp"
#include "support/tls_server.hpp"

namespace sluice::engine {
namespace {

/// Runs `openssl s_server` on a free port. The server prints what it receives, and sends what say() passes to it.
class OpensslServer {
 public:
  OpensslServer(const std::filesystem::path& pem, std::vector<std::string> options) {
    int in[2], out[2];
    EXPECT_EQ(::pipe2(in, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    options.insert(options.begin(), {"timeout", "60", "openssl", "s_server", "-accept", "127.0.0.1:0"});
    options.insert(options.end(), {"-cert", pem.string()});
    std::vector<char*> words;
    for (std::string& each : options) words.push_back(each.data());
    words.push_back(nullptr);
    EXPECT_EQ(::posix_spawnp(&process_, words[0], &actions, nullptr, words.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = ::fdopen(out[0], "r");
  }
  ~OpensslServer() {
    stop();
    ::waitpid(process_, nullptr, 0);
    ::close(to_);
    std::fclose(from_);
  }
  OpensslServer(const OpensslServer&) = delete;
  OpensslServer& operator=(const OpensslServer&) = delete;

  void stop() const { ::kill(process_, SIGTERM); }
  /// Returns the next line of output that starts with `beginning`, or "" at the end of the output.
  [[nodiscard]] std::string line(const std::string& beginning) const {
    for (char line[200]; std::fgets(line, sizeof line, from_);)
      if (std::string(line).starts_with(beginning)) return line;
    return "";
  }
  void say(const std::string& text) const {
    EXPECT_EQ(::write(to_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

 private:
  pid_t process_ = -1;
  int to_ = -1;
  std::FILE* from_ = nullptr;
};

struct ScriptDtls : EngineTest, testing::WithParamInterface<std::vector<std::string>> {};

TEST_P(ScriptDtls, ScriptExchangesMessagesWithOpensslServer) {
  if (std::system("openssl version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no openssl command here";
  const std::filesystem::path pem = directory / "server.pem";
  const net::Identity identity;
  std::FILE* file = std::fopen(pem.c_str(), "w");
  ASSERT_TRUE(file);
  PEM_write_X509(file, identity.leaf.get());
  PEM_write_PrivateKey(file, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);

  const OpensslServer server(pem, GetParam());
  const std::string accept = "ACCEPT 127.0.0.1:";
  const std::string accepting = server.line(accept);
  ASSERT_NE(accepting, "");
  std::thread answers([&] {
    if (!server.line("hello").empty()) server.say("one\ntwo\nthree");
    if (!server.line("more").empty()) server.say("last\n");
  });
  script("talk", R"(
    local nmap = require "nmap"
    local stdnse = require "stdnse"
    prerule = function() return true end
    action = function()
      local port = tonumber(stdnse.get_script_args("talk.port"))
      local socket = nmap.new_socket("udp")
      assert(socket:connect("127.0.0.1", port, "ssl"))
      local cert = socket:get_ssl_certificate()
      local _, _, _, ip, peer = socket:get_info()
      assert(ip == "127.0.0.1" and peer == port)
      assert(socket:send("hello\n"))
      local result = {cert.subject.commonName, select(2, socket:receive_lines(1))}
      assert(socket:send("more\n"))
      result[#result + 1] = select(2, socket:receive_buf("\n", false))
      result[#result + 1] = select(2, socket:send(("x"):rep(16385)))
      result[#result + 1] = select(2, socket:reconnect_ssl())
      assert(socket:close())
      return table.concat(result, "|")
    end)");
  options.script_args = "talk.port=" + accepting.substr(accept.size());
  run();
  server.stop();
  answers.join();
  const auto finished = recorder.one<event::ScriptFinished>();
  ASSERT_TRUE(finished.result) << finished.message;
  EXPECT_EQ(finished.result->output,
            "server|one\ntwo\nthree|last|Message too long for DTLS, which takes 16384 bytes|ERROR");
}

INSTANTIATE_TEST_SUITE_P(Options, ScriptDtls,
                         testing::Values(std::vector<std::string>{"-dtls"}, std::vector<std::string>{"-dtls1_2"},
                                         std::vector<std::string>{"-dtls1", "-cipher", "ALL:@SECLEVEL=0"},
                                         std::vector<std::string>{"-dtls", "-listen"}),
                         [](const auto& each) {
                           std::string name;
                           for (const std::string& option : each.param)
                             for (const char c : option)
                               if (std::isalnum(static_cast<unsigned char>(c))) name += c;
                           return name;
                         });

}  // namespace
}  // namespace sluice::engine

#endif
