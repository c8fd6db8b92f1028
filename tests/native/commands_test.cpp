// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>

#include "support/loopback.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;
using core::Exit;
using core::Status;
using Pipe = CommandRequest::Pipe;

/// Runs commands with the shell of the system. Fails a test that leaves a child process, whether running or ended.
struct Processes : LoopbackTest {
  void SetUp() override {
    char pattern[] = "/tmp/sluice-commands-XXXXXX";
    directory = ::mkdtemp(pattern);
  }
  void TearDown() override {
    LoopbackTest::TearDown();
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
    std::filesystem::remove_all(directory);
  }
  SocketId run(const std::string& line, Pipe pipe = Pipe::None) {
    const SocketId id = network->run({line, pipe}, inbox.next());
    EXPECT_EQ(reply().status, Status::Ok);
    return id;
  }
  Exit exit_of(SocketId command) {
    network->wait_exit(command, inbox.next());
    EXPECT_EQ(reply().status, Status::Ok);
    return reply().exit;
  }
  std::string output(const std::string& line) {
    const SocketId command = run(line, Pipe::Output);
    std::string all;
    for (core::Reply got = receive(command); got.status == Status::Ok; got = receive(command)) all += got.data;
    EXPECT_EQ(reply().status, Status::Eof);
    exit_of(command);
    network->close(command);
    return all;
  }
  /// Waits until a command has written its process number to `file`. Returns the number.
  pid_t number_in(const std::string& file) {
    pid_t number = 0;
    EXPECT_TRUE(drive_until([&] {
      std::ifstream in(file);
      std::string line;
      return std::getline(in, line) && !in.eof() && std::istringstream(line) >> number;
    }));
    return number;
  }
  /// Waits until there is no such process.
  bool gone(pid_t number) {
    return drive_until([&] { return ::kill(number, 0) != 0 && errno == ESRCH; });
  }
  std::string directory;
};

TEST_F(Processes, ExitReportsCodeOrSignal) {
  for (const auto& [line, exit] : {std::pair{"true", Exit{}}, {"exit 3", {3}}, {"kill -TERM $$", {SIGTERM, true}}}) {
    const SocketId command = run(line);
    EXPECT_EQ(exit_of(command), exit) << line;
    network->close(command);
  }
}

TEST_F(Processes, ExitCompletesPendingWaitExit) {
  const std::string fifo = directory + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const SocketId command = run("read line < " + fifo + "; exit $line");
  network->wait_exit(command, inbox.next());
  loop->poll();
  EXPECT_FALSE(inbox.has_last());
  std::ofstream(fifo) << "7\n";
  EXPECT_EQ(reply().exit, Exit{7});
  network->close(command);
}

TEST_F(Processes, OutputIsReceivedUntilEof) {
  EXPECT_EQ(output("printf one; printf two"), "onetwo");
  EXPECT_EQ(output("head -c 300000 /dev/zero | tr '\\0' x"), std::string(300000, 'x'));
}

TEST_F(Processes, InputIsDeliveredAndClosedByWaitExit) {
  const std::string file = directory + "/file";
  const SocketId command = run("cat > " + file, Pipe::Input);
  const std::string data(300000, 'y');
  EXPECT_EQ(send(command, data).status, Status::Ok);
  EXPECT_EQ(exit_of(command), Exit{});
  network->close(command);
  std::stringstream got;
  got << std::ifstream(file).rdbuf();
  EXPECT_EQ(got.str(), data);
}

TEST_F(Processes, SendToClosedInputFailsWithoutSignal) {
  const auto handler = std::signal(SIGPIPE, SIG_DFL);
  const SocketId command = run("exec <&-", Pipe::Input);
  core::Reply sent;
  drive_until([&] { return (sent = send(command, "x")).status != Status::Ok; });
  EXPECT_EQ(sent.error, EPIPE);
  EXPECT_EQ(exit_of(command), Exit{});
  network->close(command);
  std::signal(SIGPIPE, handler);
}

TEST_F(Processes, CommandInheritsNoDescriptorsSignalsOrTerminal) {
  const auto handler = std::signal(SIGPIPE, SIG_IGN);
  sigset_t usr, mask;
  sigemptyset(&usr);
  sigaddset(&usr, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &usr, &mask);
  const int inheritable = ::open("/dev/null", O_RDONLY);
  const SocketId socket = connected();
  const std::string open = output("readlink /proc/$$/fd/*");  // in a pipeline, the shell would hold the pipe
  EXPECT_EQ(std::count(open.begin(), open.end(), '\n'), 3) << open;
  EXPECT_EQ(output("readlink /proc/$$/fd/0"), "/dev/null\n");
  EXPECT_EQ(output("kill -PIPE $$; echo ignored"), "");
  EXPECT_EQ(output("kill -USR1 $$; echo blocked"), "");
  EXPECT_EQ(output("[ $(cut -d ' ' -f 6 /proc/$$/stat) = $$ ] && echo own session"), "own session\n");
  network->close(socket);
  ::close(inheritable);
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  std::signal(SIGPIPE, handler);
}

TEST_F(Processes, KillEndsCommandAndDescendants) {
  const std::string file = directory + "/number";
  const SocketId command = run("sleep 1000 & echo $! > " + file + "; wait", Pipe::Output);
  const pid_t sleeping = number_in(file);
  network->kill(command);
  EXPECT_EQ(receive(command).status, Status::Eof);
  EXPECT_EQ(exit_of(command), (Exit{SIGKILL, true}));
  network->close(command);
  EXPECT_TRUE(gone(sleeping));
}

TEST_F(Processes, ClosedCommandFinishesWork) {
  const std::string file = directory + "/file";
  const SocketId command = run("cat > " + file, Pipe::Input);
  EXPECT_EQ(send(command, "all of it\n").status, Status::Ok);
  network->close(command);
  network.reset();
  std::stringstream got;
  got << std::ifstream(file).rdbuf();
  EXPECT_EQ(got.str(), "all of it\n");
}

TEST_F(Processes, ClosedCommandIsReapedAtExit) {
  const std::string fifo = directory + "/fifo", file = directory + "/number";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const SocketId command = run("echo $$ > " + file + "; read line < " + fifo);
  const pid_t number = number_in(file);
  network->close(command);
  EXPECT_EQ(::kill(number, 0), 0);
  std::ofstream(fifo) << "go\n";
  EXPECT_TRUE(gone(number));
}

TEST_F(Processes, DestructorKillsRemainingCommands) {
  const std::string file = directory + "/number";
  const SocketId let_go = run("echo $$ > " + file + "; exec sleep 1000");
  const pid_t number = number_in(file);
  network->close(let_go);
  run("exec sleep 1000");  // never closed
  network.reset();
  EXPECT_TRUE(gone(number));
}

TEST_F(Processes, WaitExitFailsIfChildIsReapedElsewhere) {
  const auto handler = std::signal(SIGCHLD, SIG_IGN);
  const SocketId command = run("read line", Pipe::Input);
  network->wait_exit(command, inbox.next());
  EXPECT_EQ(reply().status, Status::Error);
  EXPECT_EQ(reply().error, ECHILD);
  network->kill(command);
  network->close(command);
  std::signal(SIGCHLD, handler);
}

TEST_F(Processes, CancelledWaitExitNeverCompletesAndMayBeRepeated) {
  const std::string fifo = directory + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const SocketId command = run("read line < " + fifo);
  network->wait_exit(command, inbox.next());
  const std::uint32_t first = inbox.last;
  network->cancel(command);
  network->wait_exit(command, inbox.next());
  std::ofstream(fifo) << "go\n";
  EXPECT_EQ(reply().exit, Exit{});
  EXPECT_FALSE(inbox.replies.contains(first));
  network->close(command);
}

TEST_F(Processes, CloseCompletesPendingWaitExitAsCancelled) {
  const SocketId command = run("exec sleep 1000");
  network->wait_exit(command, inbox.next());
  network->kill(command);
  network->close(command);
  EXPECT_EQ(reply().status, Status::Cancelled);
}

}  // namespace
}  // namespace sluice::net
