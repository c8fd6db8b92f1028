// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <future>

#include "cli/run_fixture.hpp"

namespace sluice::cli {
namespace {

using testing::HasSubstr;
using End = Engine::End;

struct Signals : RunFixture {
  Signals() {
    // The process that started the tests may have ignored some of these signals.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1}) std::signal(signal, SIG_DFL);
  }
};

FakeEngine::Script raised(int signal) {
  return [signal](FakeEngine& engine) {
    engine.start();
    raise(signal);
    engine.wait_for_stop();
    engine.finish();
    return End::Stopped;
  };
}

TEST_F(Signals, SignalStopsRunWithCompleteReports) {
  EXPECT_EQ(run({"-oX", path("xml"), "127.0.0.1"}, raised(SIGINT)), 130);
  EXPECT_TRUE(is_whole_xml(text("xml")));
  EXPECT_EQ(run({"127.0.0.1"}, raised(SIGTERM)), 143);
  EXPECT_EQ(run({"127.0.0.1"}, raised(SIGHUP)), 129);
  EXPECT_EQ(run({"127.0.0.1"}, raised(SIGQUIT)), 131);
  EXPECT_EQ(err(), "");
}

TEST_F(Signals, IncompleteReportTakesPrecedenceOverSignalInExitCode) {
  EXPECT_EQ(run({"-oX", "/dev/full", "127.0.0.1"}, raised(SIGINT)), 3);
}

TEST_F(Signals, RunFinishedDespiteSignalReturnsCode0) {
  EXPECT_EQ(run({"127.0.0.1"},
                [](FakeEngine& engine) {
                  raised(SIGINT)(engine);
                  return End::Finished;
                }),
            0);
}

TEST_F(Signals, SecondSignalTerminatesWithCompleteReports) {
  const auto deaf = [](FakeEngine& engine) -> End {
    engine.start();
    engine.host("127.0.0.1");
    raise(SIGINT);
    engine.wait_for_stop();
    raise(SIGTERM);
    for (;;) pause();
  };
  EXPECT_EQ(run_apart({"-oX", path("xml"), "-oJ", path("json"), "127.0.0.1"}, deaf), 143);
  EXPECT_TRUE(is_whole_xml(text("xml")));
  EXPECT_THAT(text("xml"), HasSubstr("exit=\"error\""));
  EXPECT_THAT(text("json"), HasSubstr("\"event\":\"run_finished\""));
}

TEST_F(Signals, RunIsTerminatedWithCompleteReportsIfStopTakesTooLong) {
  const auto deaf = [](FakeEngine& engine) -> End {
    engine.start();
    raise(SIGTERM);
    for (;;) pause();
  };
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(run_apart({"-oX", path("xml"), "127.0.0.1"}, deaf), 143);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
  EXPECT_TRUE(is_whole_xml(text("xml")));
  EXPECT_THAT(text("xml"), HasSubstr("the run did not end within 8 s after a signal"));
}

TEST_F(Signals, SecondSignalReportsUnfinishedHosts) {
  const auto deaf = [](FakeEngine& engine) -> End {
    engine.start();
    auto scanned = std::make_shared<HostReport>();
    scanned->address = *Address::parse("127.0.0.1");
    scanned->up = scanned->ports_scanned = true;
    scanned->ports.push_back({80, Protocol::Tcp, PortState::Open, Reason::SynAck, 0, "http", nullptr});
    engine.tell(event::HostScanned{scanned});
    event::ScriptFinished greets;
    greets.id = "greets";
    greets.place = {"portrule", scanned->address, "", 80, Protocol::Tcp};
    greets.outcome = event::Outcome::Result;
    greets.result = ScriptResult{"greets", "hello", std::nullopt};
    engine.tell(std::move(greets));
    raise(SIGTERM);
    engine.wait_for_stop();
    raise(SIGTERM);
    for (;;) pause();
  };
  EXPECT_EQ(run_apart({"-oX", path("xml"), "127.0.0.1"}, deaf), 143);
  EXPECT_TRUE(is_whole_xml(text("xml")));
  EXPECT_THAT(text("xml"), HasSubstr("portid=\"80\""));
  EXPECT_THAT(text("xml"), HasSubstr("<script id=\"greets\" output=\"hello\"/>"));
  EXPECT_THAT(text("xml"), HasSubstr("<hosts up=\"1\" down=\"0\" total=\"1\"/>"));
}

TEST_F(Signals, SecondSignalDoesNotWaitForFullPipe) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  // The pipe is full, so that the next write blocks.
  ASSERT_EQ(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
  const std::string piece(4096, 'x');
  while (::write(ends[1], piece.data(), piece.size()) > 0) {
  }
  const std::string pipe = "/dev/fd/" + std::to_string(ends[1]);
  const auto stuck = [](FakeEngine& engine) -> End {
    std::thread([&engine] {
      kill(getpid(), SIGINT);
      engine.wait_for_stop();
      kill(getpid(), SIGINT);
    }).detach();
    for (;;) engine.start();
  };
  EXPECT_EQ(run_apart({"-v0", "-oJ", pipe, "127.0.0.1"}, stuck), 130);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(Signals, Sigusr1RequestsStats) {
  EXPECT_EQ(run({"127.0.0.1"},
                [](FakeEngine& engine) {
                  engine.start();
                  raise(SIGUSR1);
                  engine.wait_for_stats();
                  engine.tell(event::Stats{});
                  engine.finish();
                  return End::Finished;
                }),
            0);
  EXPECT_THAT(out(), HasSubstr("Stats: "));
}

TEST_F(Signals, IgnoredSignalStaysIgnored) {
  std::signal(SIGHUP, SIG_IGN);
  EXPECT_EQ(run({"127.0.0.1"},
                [](FakeEngine& engine) {
                  engine.start();
                  raise(SIGHUP);
                  engine.finish();
                  return End::Stopped;
                }),
            1)
      << "no signal was taken";
  std::signal(SIGHUP, SIG_DFL);
}

TEST_F(Signals, SignalHandlersAreRestoredAfterRun) {
  EXPECT_EQ(run({"127.0.0.1"}, raised(SIGTERM)), 143);
  struct sigaction action {};
  sigaction(SIGTERM, nullptr, &action);
  EXPECT_EQ(action.sa_handler, SIG_DFL);
}

/// Runs a process that stops itself by SIGTSTP, and continues it. Returns what it has written.
std::string written_around_stop() {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);  // the group is not orphaned, so that SIGTSTP stops it
    std::signal(SIGTSTP, SIG_DFL);
    const auto note = [&](const char* what) { return ::write(ends[1], what, 1) == 1; };
    std::atomic<bool> resumed = false;
    cli::Signals signals({.stop = [] {},
                          .at_once = [](int, const char*) {},
                          .report_stats = [] {},
                          .pause = [&] { note("p"); },
                          .resume =
                              [&] {
                                note("r");
                                resumed = true;
                                resumed.notify_one();
                              },
                          .resized = {}});
    for (int round = 0; round < 2; ++round) {
      resumed = false;
      kill(getpid(), SIGTSTP);
      resumed.wait(false);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string written;
  char byte = 0;
  for (int round = 0; round < 2; ++round) {
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, WUNTRACED), child);
    EXPECT_TRUE(WIFSTOPPED(status));
    written += ::read(ends[0], &byte, 1) == 1 ? byte : '-';
    kill(child, SIGCONT);
    written += ::read(ends[0], &byte, 1) == 1 ? byte : '-';
  }
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  return written;
}

TEST_F(Signals, TerminalStopStopsProcessBetweenPauseAndResume) { EXPECT_EQ(written_around_stop(), "prpr"); }

TEST_F(Signals, ResizeCallsActionOnce) {
  std::promise<void> resized;
  cli::Signals signals({.stop = [] {},
                        .at_once = [](int, const char*) {},
                        .report_stats = [] {},
                        .pause = {},
                        .resume = {},
                        .resized = [&] { resized.set_value(); }});
  raise(SIGWINCH);
  EXPECT_EQ(resized.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

}  // namespace
}  // namespace sluice::cli
