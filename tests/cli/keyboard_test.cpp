// SPDX-License-Identifier: Apache-2.0
#include "cli/keyboard.hpp"

#include <pty.h>
#include <termios.h>

#include "cli/run_fixture.hpp"

namespace sluice::cli {
namespace {

using End = Engine::End;

/// Runs the command in a child process with a terminal as its standard input.
struct Keyboard : RunFixture {
  ~Keyboard() override {
    if (terminal >= 0) close(terminal);
  }

  /// Runs the command, writes `keys` to its terminal, and returns its exit code.
  int run_at_terminal(std::vector<std::string> arguments, const std::string& keys, const FakeEngine::Script& script,
                      bool piped = false) {
    const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) _exit(piped ? run_into_pipe(std::move(arguments), script) : run(std::move(arguments), script));
    EXPECT_EQ(::write(terminal, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  static int run_into_pipe(std::vector<std::string> arguments, const FakeEngine::Script& script) {
    int ends[2];
    if (pipe(ends) != 0 || dup2(ends[1], STDOUT_FILENO) < 0) return 99;
    arguments.insert(arguments.begin(), "sluice");
    return cli::run(arguments, [&](Options, Observer& observer) {
      return std::unique_ptr<Engine>(std::make_unique<FakeEngine>(observer, script));
    });
  }
  static bool goes_by_lines(int descriptor) {
    termios mode{};
    return tcgetattr(descriptor, &mode) == 0 && (mode.c_lflag & ICANON) != 0 && (mode.c_lflag & ECHO) != 0;
  }

  int terminal = -1;
};

TEST_F(Keyboard, AnyKeyRequestsStats) {
  EXPECT_EQ(run_at_terminal({"127.0.0.1"}, "x",
                            [](FakeEngine& engine) {
                              engine.start();
                              engine.wait_for_stats();
                              const bool by_lines = goes_by_lines(STDIN_FILENO);
                              engine.finish();
                              return by_lines ? End::Failed : End::Finished;
                            }),
            0);
}

TEST_F(Keyboard, LettersChangeLevelsDownToZero) {
  EXPECT_EQ(run_at_terminal({"-v", "127.0.0.1"}, "vVVVd",
                            [](FakeEngine& engine) {
                              engine.start();
                              const std::vector<std::pair<int, int>> wanted{{2, 0}, {1, 0}, {0, 0}, {0, 0}, {0, 1}};
                              const bool right = engine.wait_for_levels(wanted.size()) == wanted;
                              engine.finish();
                              return right ? End::Finished : End::Failed;
                            }),
            0);
}

TEST_F(Keyboard, QuestionMarkPrintsKeys) {
  EXPECT_EQ(run_at_terminal({"127.0.0.1"}, "? ",
                            [](FakeEngine& engine) {
                              engine.start();
                              engine.wait_for_stats();
                              engine.finish();
                              return End::Finished;
                            }),
            0);
  EXPECT_EQ(
      err(),
      "v/V: raise, lower the verbosity; d/D: raise, lower the debugging level; any other key: print the progress\n");
}

TEST_F(Keyboard, TerminalModeIsRestoredAtRunFinished) {
  EXPECT_EQ(run_at_terminal({"127.0.0.1"}, "\n",
                            [](FakeEngine& engine) {
                              engine.start();
                              engine.wait_for_stats();
                              engine.finish();
                              return goes_by_lines(STDIN_FILENO) ? End::Finished : End::Failed;
                            }),
            0);
  EXPECT_TRUE(goes_by_lines(terminal));
}

TEST_F(Keyboard, TerminalModeIsRestoredAfterSecondSignal) {
  EXPECT_EQ(run_at_terminal({"127.0.0.1"}, "x",
                            [](FakeEngine& engine) -> End {
                              engine.start();
                              engine.wait_for_stats();
                              raise(SIGINT);
                              engine.wait_for_stop();
                              raise(SIGINT);
                              for (;;) pause();
                            }),
            130);
  EXPECT_TRUE(goes_by_lines(terminal));
}

TEST_F(Keyboard, KeysWorkIfStdoutIsPipe) {
  EXPECT_EQ(run_at_terminal(
                {"127.0.0.1"}, "x",
                [](FakeEngine& engine) {
                  engine.start();
                  engine.wait_for_stats();
                  engine.finish();
                  return End::Finished;
                },
                true),
            0);
}

TEST_F(Keyboard, NoninteractiveKeepsTerminalMode) {
  EXPECT_EQ(run_at_terminal({"--noninteractive", "127.0.0.1"}, "x",
                            [](FakeEngine& engine) {
                              engine.start();
                              engine.tell(event::TaskProgress{});
                              const bool by_lines = goes_by_lines(STDIN_FILENO);
                              engine.finish();
                              return by_lines ? End::Finished : End::Failed;
                            }),
            0);
  EXPECT_EQ(err(), "");
}

TEST_F(Keyboard, FirstProgressPrintsKeyHintOnce) {
  EXPECT_EQ(run_at_terminal({"127.0.0.1"}, "",
                            [](FakeEngine& engine) {
                              engine.start();
                              engine.tell(event::TaskProgress{});
                              engine.tell(event::TaskProgress{});
                              engine.finish();
                              return End::Finished;
                            }),
            0);
  EXPECT_EQ(err(),
            "Keys: Enter prints the progress; v and d raise the levels, V and D lower them; ? lists the keys.\n");
}

TEST_F(Keyboard, TargetInputFromTerminalKeepsTerminalMode) {
  EXPECT_EQ(run_at_terminal({"-iL", "-"}, "127.0.0.1\n\x04",
                            [](FakeEngine& engine) {
                              engine.start();
                              const bool by_lines = goes_by_lines(STDIN_FILENO);
                              engine.finish();
                              return by_lines ? End::Finished : End::Failed;
                            }),
            0);
}

}  // namespace
}  // namespace sluice::cli
